// Somebody reads on and on while the log is written: what they see cannot be copied out of the write-ahead log (F-S-07).
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, metadata, streamName } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const MIB = 1024 * 1024;
const EVENT = { text: 'x'.repeat(128 * 1024) };

it('makes the write-ahead log grow, which is used from its start again once they are done', async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  onTestFinished(store.close);
  /** One commit each. */
  const write = async (mib: number): Promise<void> => {
    for (let written = 0; written < mib * MIB; written += EVENT.text.length)
      appended(await store.append(streamName('saga'), NO_STREAM, [anEvent('Large', EVENT)], metadata()));
  };
  const walMib = (): number => statSync(join(dataDir, 'log.db-wal')).size / MIB;
  await write(16);
  const usual = walMib();
  const reader = new DatabaseSync(join(dataDir, 'log.db'), { readOnly: true });
  onTestFinished(() => reader.close());
  reader.exec('BEGIN');
  const seen = reader.prepare('SELECT count(*) AS events FROM events').get();
  await write(16);
  const held = walMib();
  expect(held).toBeGreaterThan(usual + 8);
  expect(reader.prepare('SELECT count(*) AS events FROM events').get()).toEqual(seen);
  reader.exec('COMMIT');
  await write(24);
  // Up to sixteen commits more before it is looked whether they are done.
  expect(walMib()).toBeLessThan(held + 3);
});
