import { expect, it } from 'vitest';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, metadata, streamName } from '../support/events.ts';
import { openStore } from '../support/feeds.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

it('large streams that are read at the same time leave the event loop a turn between any two', async () => {
  const dataDir = freshDirectory();
  const before = await openStore(dataDir);
  const streams = Array.from({ length: 8 }, () => streamName('saga'));
  const large = { text: 'x'.repeat(300_000) };
  for (const stream of streams)
    await before.append(stream, NO_STREAM, [anEvent('Large', large), anEvent('Large', large)], metadata());
  await before.close();

  // What was just appended is in memory.
  const store = await openStore(dataDir);
  let turn = 0;
  let timer = setImmediate(function next() {
    turn += 1;
    timer = setImmediate(next);
  });
  const readAt = await Promise.all(
    streams.map(async (stream) => {
      const { events } = await store.readStream(stream, { from: 0, direction: 'forwards', max: 10 });
      expect(events.map(({ data }) => data)).toEqual([large, large]);
      return turn;
    }),
  );
  clearImmediate(timer);
  expect(new Set(readAt).size).toBe(streams.length);
});
