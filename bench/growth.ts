// How cost grows with what has happened: runs a second, memory and starts beside many finished runs in the log:
// `node bench/growth.ts --help`.
import { tmpdir } from 'node:os';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { caughtUp } from './support/caught-up.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';
import { startSagaWorld } from './support/saga-world.ts';
import { writeRuns } from './support/saga-log.ts';
import { residentMib } from './support/threads.ts';
import { timedStart } from './support/timed-start.ts';

const HELP = `node bench/growth.ts [--finished 0,10000,100000] [--runs 5000] [--in-flight 64] [--quick] [--full] [--dir <directory>]
  --finished   runs of three steps that have ended, in the log before each measurement
  --runs       that are measured beside them
  --in-flight  how many of those at a time
  --quick      none and 10000 finished, 1000 measured
  --full       1000000 finished too: half an hour, some 5 GB
  --dir        where the data directories are made; their disk is the one measured`;

const values = optionsOf(HELP, {
  finished: { type: 'string' },
  runs: { type: 'string' },
  'in-flight': { type: 'string', default: '64' },
  quick: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});
const SIZES = values.quick ? '0,10000' : '0,10000,100000';
const FINISHED = (values.finished ?? (values.full ? `${SIZES},1000000` : SIZES)).split(',').map(Number);
const RUNS = whole.parse(values.runs ?? (values.quick ? 1000 : 5000));
const IN_FLIGHT = whole.parse(values['in-flight']);
const WARM_UP_SHARE = 5;

type Said = { readonly name: string; readonly value: number; readonly unit: string; readonly id: string };

const say = (finished: number, { id, name, value, unit }: Said): void =>
  report({ id: `growth-${id}-${finished}`, what: `${finished} finished: ${name}`, value, unit });

/** The first start reads what was written without a server; the second one finds the snapshot the first one left. */
const starts = async (dataDir: string, finished: number): Promise<void> => {
  const cold = await timedStart(dataDir);
  say(finished, { id: 'cold-start', name: 'serving after, no snapshot', value: cold.seconds, unit: 's' });
  await caughtUp(cold.server.address);
  await cold.server.stop();
  const warm = await timedStart(dataDir);
  say(finished, { id: 'start', name: 'serving after', value: warm.seconds, unit: 's' });
  say(finished, { id: 'start-rss', name: 'memory then', value: warm.mib, unit: 'MiB' });
  await warm.server.stop();
};

const runs = async (dataDir: string, finished: number): Promise<void> => {
  const own = { dataDir, bus: 'embedded', transport: 'stream', shape: 'sequential' };
  const world = await startSagaWorld({ ...own, inFlight: IN_FLIGHT });
  try {
    await world.run(Math.ceil(RUNS / WARM_UP_SHARE), IN_FLIGHT);
    const { completed, seconds, p99 } = await world.run(RUNS, IN_FLIGHT);
    const mib = residentMib(world.pid) ?? Number.NaN;
    say(finished, {
      id: 'runs',
      name: `runs, ${IN_FLIGHT} in flight`,
      value: completed / seconds,
      unit: '/s',
    });
    say(finished, { id: 'p99', name: 'a run, p99', value: p99, unit: 'ms' });
    say(finished, { id: 'rss', name: 'memory behind them', value: mib, unit: 'MiB' });
    await world.stop();
  } finally {
    world.kill();
  }
};

const measure = (finished: number): Promise<void> =>
  inDataDir(async (dataDir) => {
    const store = await embeddedEventStore({ dataDir });
    await writeRuns(store, finished);
    await store.close();
    await starts(dataDir, finished);
    await runs(dataDir, finished);
  }, values.dir);

for (const finished of FINISHED) await measure(finished);
