// Reading the log alone and folding all of it into read models, side by side: `node bench/replay.ts --help`.
// Afterwards the read model of runs is rebuilt beside the live one while runs go on and queries are asked.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { embeddedLogReader } from '../src/infra/event-store/embedded/log-reader.ts';
import { eventsBetween } from '../src/infra/event-store/embedded/position.ts';
import type { EventStore } from '../src/infra/event-store/port.ts';
import { START } from '../src/infra/event-store/port.ts';
import { tuneCollector } from '../src/infra/process/collector.ts';
import { embeddedProjector } from '../src/infra/projector/embedded.ts';
import type { Job, Projector } from '../src/infra/projector/port.ts';
import { embeddedReadStore } from '../src/infra/read-store/embedded/embedded.ts';
import { sagas } from '../src/projections/sagas/projection.ts';
import { readFloor } from './floor/commits.ts';
import { childOf, messageOf } from './support/child.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { rebuildUnderLoad } from './support/rebuild.ts';
import { report } from './support/report.ts';
import { RUN_EVENTS, writeRuns } from './support/saga-log.ts';

const HELP = `node bench/replay.ts [--events 200000] [--quick] [--dir <directory>] [--stack embedded|servers]
  --events  in the log
  --quick   50000 of them
  --dir     where the data directory is made; its disk is the one measured
  --stack   what the log and the read models are on: that directory, or EventStoreDB and MongoDB`;

const SLICE = 4096;
const MIB = 1024 * 1024;
const values = optionsOf(HELP, {
  events: { type: 'string' },
  quick: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
  stack: { type: 'string', default: 'embedded' },
});
const RUNS = Math.ceil(whole.parse(values.events ?? (values.quick ? 50_000 : 200_000)) / RUN_EVENTS);
const EVENTS = RUNS * RUN_EVENTS;

type Spent = { readonly seconds: number; readonly cpuSeconds: number };

/** The machine may have other things to do: beside wall time, what the processor really worked. */
const say = (id: string, what: string, { seconds, cpuSeconds }: Spent, floor?: number): void => {
  report({ id, what, value: EVENTS / seconds, unit: '/s', ...(floor === undefined ? {} : { floor }) });
  report({ id: `${id}-cpu`, what: '  for each CPU second', value: EVENTS / cpuSeconds, unit: 'events' });
};

/** Of this thread. */
const spentOn = async (work: () => Promise<unknown>): Promise<Spent> => {
  const start = performance.now();
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
};

const readWhole = async ({ readAll }: Pick<EventStore, 'readAll'>): Promise<void> => {
  for (let after = START; ;) {
    const { position, isEnd } = await readAll({ after, max: SLICE });
    if (isEnd) return;
    after = position;
  }
};

const filled = z.object({
  models: z.int(),
  seconds: z.number(),
  cpuSeconds: z.number(),
  rssBefore: z.number(),
  rssMax: z.number(),
});

/** Fills read models from nothing until they are served, in a process of its own. */
const fill = (dataDir: string, ...names: readonly string[]): Promise<z.infer<typeof filled>> =>
  messageOf(childOf('replay-fill.ts', [dataDir, ...names], AS_IN_PROJECTOR), filled);

/** What the projector's thread is started with: a third of its young objects' memory, and what the others may take. */
const AS_IN_PROJECTOR = ['--max-semi-space-size=8', '--max-old-space-size=2000'];

const removeReadModels = (dataDir: string): void => {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `read.db${end}`), { force: true });
};

const jobOf = async (projector: Projector, name: string): Promise<Job | null> =>
  (await projector.status()).projections.find((one) => one.name === name)?.job ?? null;

const rebuilt = async (dataDir: string, store: EventStore): Promise<void> => {
  const readStore = await embeddedReadStore({ dataDir });
  const script = new URL('../src/projector-thread.ts', import.meta.url);
  const projector = embeddedProjector({ script, dataDir, log: store, eventsBetween, clock: systemClock() });
  await projector.reached(sagas.spec.name, await store.lastPosition(), AbortSignal.timeout(600_000));
  await rebuildUnderLoad({ store, readStore, projector, jobOf: (name) => jobOf(projector, name) });
  await projector.close();
  await readStore.close();
};

const readings = async (dataDir: string, store: EventStore, floor: number): Promise<void> => {
  say('replay-read-checked', 'log alone, hash chain checked', await spentOn(() => readWhole(store)), floor);
  const reader = embeddedLogReader({ dataDir });
  say('replay-read', 'log alone, as read models read it', await spentOn(() => readWhole(reader)), floor);
  reader.close();
};

const fillings = async (dataDir: string, floor: number): Promise<void> => {
  const { name } = sagas.spec;
  say('rebuild-sagas', `${name} from nothing until served`, await fill(dataDir, name), floor);
  removeReadModels(dataDir);
  const all = await fill(dataDir);
  say('rebuild-all', `all ${all.models} read models from nothing`, all, floor);
  const value = (all.rssMax - all.rssBefore) / MIB;
  report({ id: 'rebuild-memory', what: '  memory it took, at most', value, unit: 'MiB' });
};

const main = async (dataDir: string): Promise<void> => {
  const store = await embeddedEventStore({ dataDir });
  say('replay-write', `${EVENTS} events written`, await spentOn(() => writeRuns(store, RUNS)));
  const floor = readFloor(dataDir, EVENTS);
  await readings(dataDir, store, floor);
  await fillings(dataDir, floor);
  await rebuilt(dataDir, store);
  await store.close();
};

// As the server does.
tuneCollector();
if (z.enum(['embedded', 'servers']).parse(values.stack) === 'embedded') await inDataDir(main, values.dir);
// Loaded where it is asked for: the other stack needs no launcher.
else await (await import('./replay-servers.ts')).replayOnServers(RUNS);
