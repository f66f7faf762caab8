// The thread that makes read models of the past, and what becomes of it when the log or its owner fails it.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { buildInThread } from '../../src/infra/past-stores/in-thread.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const THREAD = new URL('../../src/as-of-thread.ts', import.meta.url);
const UNKNOWN = 'saga-01a1fd21-79e3-7072-b0f8-3dfee063f24b';

const logWithOneEvent = async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir, clock: systemClock() });
  const events = [anEvent('FromALaterVersion')];
  appended(await store.append(UNKNOWN, NO_STREAM, events, metadata()));
  const upTo = await store.lastPosition();
  await store.close();
  return { dataDir, upTo };
};

const target = (upTo: string, signal = new AbortController().signal) => {
  const batches: number[] = [];
  return {
    directory: freshDirectory(),
    upTo,
    signal,
    batches,
    onBatch: (events: number) => void batches.push(events),
  };
};

it('leaves read models that can be queried, with what could not be folded blocked', async () => {
  const { dataDir, upTo } = await logWithOneEvent();
  const to = target(upTo);
  await buildInThread(THREAD, dataDir)(to);
  expect(to.batches).toEqual([1]);
  const readStore = openReadStore({ dataDir: to.directory });
  try {
    const { document, position } = await readStore.get('sagas', UNKNOWN.slice('saga-'.length));
    expect([position, document?.blocked?.type]).toEqual([upTo, 'FromALaterVersion']);
  } finally {
    await readStore.close();
  }
});

it('rejects with what the log throws', async () => {
  const to = target('1'.padStart(20, '0').padEnd(40, '0'));
  await expect(buildInThread(THREAD, freshDirectory())(to)).rejects.toThrow(/open/);
});

it('says where the log cannot be read', async () => {
  const { dataDir, upTo } = await logWithOneEvent();
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.prepare('UPDATE events SET body = ?').run(Buffer.alloc(8));
  db.close();
  await expect(buildInThread(THREAD, dataDir)(target(upTo))).rejects.toMatchObject({
    name: 'LogDamaged',
    message: expect.stringMatching(
      `^stream ${UNKNOWN} is damaged at revision 0: the event at position 1 cannot be read: `,
    ) as unknown,
  });
});

it('ends with its owner', async () => {
  const { dataDir, upTo } = await logWithOneEvent();
  const stopping = new AbortController();
  const building = buildInThread(THREAD, dataDir)(target(upTo, stopping.signal));
  const refused = expect(building).rejects.toThrow('enough');
  stopping.abort(new Error('enough'));
  await refused;
});
