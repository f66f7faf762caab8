// Reading the log alone and folding all of it into read models, side by side: `node bench/replay.ts [--events 200000]`.
// Afterwards the read model of runs is rebuilt beside the live one while runs go on and queries are asked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { systemClock } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { embeddedLogReader } from '../src/infra/event-store/embedded/log-reader.ts';
import { eventsBetween } from '../src/infra/event-store/embedded/position.ts';
import type { EventStore } from '../src/infra/event-store/port.ts';
import { START } from '../src/infra/event-store/port.ts';
import { embeddedProjector } from '../src/infra/projector/embedded.ts';
import type { Job, JobResult, Projector } from '../src/infra/projector/port.ts';
import { embeddedReadStore } from '../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../src/infra/read-store/embedded/open.ts';
import { projections } from '../src/projections/all.ts';
import { createProjector } from '../src/projections/engine/projector.ts';
import type { Projection } from '../src/projections/projection.ts';
import { sagas } from '../src/projections/sagas/projection.ts';
import { RUN_EVENTS, writeRun, writeRuns } from './support/saga-log.ts';

const SLICE = 4096;
const { values } = parseArgs({
  options: { events: { type: 'string', default: '200000' }, help: { type: 'boolean', default: false } },
});
if (values.help) {
  console.log('node bench/replay.ts [--events 200000]');
  process.exit(0);
}
const EVENTS = z.coerce.number().int().min(1000).parse(values.events);

type Spent = { readonly seconds: number; readonly cpuSeconds: number };

/** Wall time, and what this thread really worked of it: the machine may have other things to do. */
const spentOn = async (work: () => Promise<unknown>): Promise<Spent> => {
  const start = performance.now();
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
};

const rate = (count: number, seconds: number): string => (count / seconds).toFixed(0).padStart(8);

const report = (name: string, count: number, seconds: number, cpuSeconds?: number): void => {
  const rss = (process.memoryUsage().rss / 1024 / 1024).toFixed(0);
  const ofThread =
    cpuSeconds === undefined ? '' : `  ${rate(count, cpuSeconds)} per CPU second of this thread`;
  console.log(`${name.padEnd(44)} ${rate(count, seconds)} events/s  RSS ${rss.padStart(4)} MiB${ofThread}`);
};

const readWhole = async ({ readAll }: Pick<EventStore, 'readAll'>): Promise<void> => {
  for (let after = START; ;) {
    const { position, isEnd } = await readAll({ after, max: SLICE });
    if (isEnd) return;
    after = position;
  }
};

/** Fills these projections from nothing, in this thread, until they are served. */
const fillAll = async (dataDir: string, some: readonly Projection[]): Promise<void> => {
  const log = embeddedLogReader({ dataDir });
  const readStore = openReadStore({ dataDir });
  const abort = new AbortController();
  const onMoved = (): void => {
    abort.abort();
  };
  await createProjector({ log, readStore, projections: some, clock: systemClock(), onMoved }).run(
    abort.signal,
  );
  await readStore.close();
  log.close();
};

const removeReadModels = (dataDir: string): void => {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `read.db${end}`), { force: true });
};

const jobOf = async (projector: Projector, name: string): Promise<Job | null> =>
  (await projector.status()).projections.find((one) => one.name === name)?.job ?? null;

const untilDone = async (projector: Projector, name: string): Promise<Job> => {
  for (;;) {
    const job = await jobOf(projector, name);
    if (job?.phase === 'done') return job;
    await pause(50);
  }
};

/** Does something again and again until stopped; tells how often, and how often it failed. */
const over = (work: () => Promise<unknown>) => {
  const counts = { done: 0, failed: 0 };
  const stopping = new AbortController();
  const running = (async () => {
    for (; !stopping.signal.aborted; counts.done += 1) await work().catch(() => (counts.failed += 1));
  })();
  return async () => {
    stopping.abort();
    await running;
    return counts;
  };
};

const rebuildUnderLoad = async (dataDir: string, store: EventStore): Promise<void> => {
  const readStore = await embeddedReadStore({ dataDir });
  const script = new URL('../src/projector-thread.ts', import.meta.url);
  const projector = embeddedProjector({ script, dataDir, log: store, eventsBetween, clock: systemClock() });
  const { name } = sagas.spec;
  await projector.reached(name, await store.lastPosition(), AbortSignal.timeout(600_000));
  await untilDone(projector, name);
  const newest = { where: [], sort: { field: 'startedAt', direction: 'desc' }, limit: 50 } as const;
  const runs = over(() => writeRun(store));
  const queries = over(() => readStore.find(name, newest));
  const started = performance.now();
  await projector.rebuild(name, { acceptChanges: false });
  const job = await untilDone(projector, name);
  report(`${name} rebuilt and compared, under load`, job.events, (performance.now() - started) / 1000);
  const [written, asked] = [await runs(), await queries()];
  console.log(
    `  meanwhile ${String(written.done)} runs, ${String(asked.done)} queries, ${String(asked.failed)} failed`,
  );
  sayResult(job.result);
  await projector.close();
  await readStore.close();
};

const sayResult = (result: JobResult | null): void => {
  if (result?.kind !== 'switched' || result.comparison === null) throw new Error(JSON.stringify(result));
  const { documents, differing, isEqual } = result.comparison;
  console.log(
    `  ${String(documents)} documents compared, ${String(differing)} differ, equal: ${String(isEqual)}`,
  );
};

const main = async (): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-replay-'));
  const store = await embeddedEventStore({ dataDir });
  const runs = Math.ceil(EVENTS / RUN_EVENTS);
  const events = runs * RUN_EVENTS;
  const measure = async (name: string, work: () => Promise<unknown>): Promise<void> => {
    const { seconds, cpuSeconds } = await spentOn(work);
    report(name, events, seconds, cpuSeconds);
  };
  await measure(`${String(events)} events written`, () => writeRuns(store, runs));
  await measure('log alone, hash chain checked', () => readWhole(store));
  const reader = embeddedLogReader({ dataDir });
  await measure('log alone, as projections read it', () => readWhole(reader));
  reader.close();
  await measure(`${sagas.spec.name} from nothing until served`, () => fillAll(dataDir, [sagas]));
  removeReadModels(dataDir);
  await measure(`all ${String(projections.length)} read models from nothing`, () =>
    fillAll(dataDir, projections),
  );
  await rebuildUnderLoad(dataDir, store);
  await store.close();
  rmSync(dataDir, { recursive: true });
};

await main();
