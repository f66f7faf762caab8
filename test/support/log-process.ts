// A process of its own that locks a data directory and appends, so many streams at once, until it is killed or has
// written as many as it was told. Prints `ready`, then every stream whose append was acknowledged, one per line.
import { writeSync } from 'node:fs';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { DataDirLocked, lockDataDir } from '../../src/infra/lock/embedded.ts';
import { exitCodeOf } from '../../src/infra/process/exit-codes.ts';
import { anEvent, metadata, streamName } from './events.ts';

const STDOUT = 1;
const TAKEN = 75;

let left = Infinity;

const appendAll = async (store: EventStore): Promise<void> => {
  while (left > 0) {
    left -= 1;
    const stream = streamName('saga');
    const result = await store.append(stream, NO_STREAM, [anEvent(), anEvent(), anEvent()], metadata());
    if (result.kind === 'ok') writeSync(STDOUT, `${stream}\n`);
  }
};

const [dataDir = '', what = '', atOnce = '40', most = 'Infinity'] = process.argv.slice(2);
left = Number(most);
try {
  lockDataDir(dataDir);
} catch (error) {
  if (!(error instanceof DataDirLocked)) throw error;
  process.exit(TAKEN);
}
writeSync(STDOUT, 'ready\n');
if (what === 'append') {
  const store = await embeddedEventStore({
    dataDir,
    onFatal: (error) => process.exit(exitCodeOf(error)),
  });
  await Promise.all(Array.from({ length: Number(atOnce) }, () => appendAll(store)));
  await store.close();
  process.exit();
}
process.stdin.resume();
