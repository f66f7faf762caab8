// How long a start takes with many finished runs in the log, with and without the snapshot of open runs:
// `node bench/start.ts --help`.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { startFloor } from './floor/posts.ts';
import { caughtUp } from './support/caught-up.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';
import { RUN_EVENTS, writeRuns } from './support/saga-log.ts';
import { timedStart } from './support/timed-start.ts';

const HELP = `node bench/start.ts [--events 1000000] [--quick] [--dir <directory>]
  --events  in the log, all of them of runs that have ended
  --quick   100000 of them
  --dir     where the data directory is made`;

const values = optionsOf(HELP, {
  events: { type: 'string' },
  quick: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});
const RUNS = Math.ceil(whole.parse(values.events ?? (values.quick ? 100_000 : 1_000_000)) / RUN_EVENTS);

const measure = async (id: string, what: string, dataDir: string): Promise<void> => {
  const { server, seconds, mib } = await timedStart(dataDir);
  const floor = (await startFloor()) / 1000;
  report({ id: `start-${id}`, what: `serving after, ${what}`, value: seconds, unit: 's', floor });
  report({ id: `start-rss-${id}`, what: '  memory then', value: mib, unit: 'MiB' });
  await caughtUp(server.address);
  await server.stop();
};

const main = async (dataDir: string): Promise<void> => {
  const events = `${RUNS * RUN_EVENTS} events`;
  await measure('empty', 'an empty log', dataDir);
  const store = await embeddedEventStore({ dataDir });
  await writeRuns(store, RUNS);
  await store.close();
  await measure('behind', `${events} behind the snapshot`, dataDir);
  await measure('snapshot', `${events}, snapshot at their end`, dataDir);
  rmSync(join(dataDir, 'snapshots'), { recursive: true });
  await measure('cold', `${events}, no snapshot`, dataDir);
};

await inDataDir(main, values.dir);
