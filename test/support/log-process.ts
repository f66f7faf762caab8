// A process of its own that locks a data directory and appends until it is killed. Prints `ready`, then every
// stream whose append was acknowledged, one per line.
import { writeSync } from 'node:fs';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { DataDirLocked, lockDataDir } from '../../src/infra/lock/embedded.ts';
import { exitCodeOf } from '../../src/infra/process/exit-codes.ts';
import { anEvent, metadata, streamName } from './events.ts';

const STDOUT = 1;
const TAKEN = 75;
const AT_ONCE = 16;

const appendForEver = async (store: EventStore): Promise<never> => {
  for (;;) {
    const stream = streamName('saga');
    const result = await store.append(stream, NO_STREAM, [anEvent(), anEvent(), anEvent()], metadata());
    if (result.kind === 'ok') writeSync(STDOUT, `${stream}\n`);
  }
};

const [dataDir = '', what = ''] = process.argv.slice(2);
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
  await Promise.all(Array.from({ length: AT_ONCE }, () => appendForEver(store)));
}
process.stdin.resume();
