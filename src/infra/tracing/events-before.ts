import type { EventStore, StoredEvent } from '../event-store/port.ts';

/**
 * What led to an event, in its stream: up to `most` events, the latest first. None where they are too long.
 * @throws TooManyReads, and what reading throws
 */
export type EventsBefore = (event: StoredEvent, most: number) => Promise<readonly StoredEvent[]>;

/** What led to events is asked for more often than the log answers. */
class TooManyReads extends Error {
  override readonly name = 'TooManyReads';
}

/** More appends than that are not made durable together; on disk they would keep whoever else reads waiting. */
const MOST_AT_ONCE = 512;

/** Nobody waits for what is read so, and nothing else stops it from piling up: beyond a number it is not read. */
export const eventsBefore = ({ readStream }: Pick<EventStore, 'readStream'>): EventsBefore => {
  let underWay = 0;
  return async ({ stream, revision }, most) => {
    if (underWay >= MOST_AT_ONCE) throw new TooManyReads();
    underWay += 1;
    try {
      // Forwards: so the newest events come from memory.
      const from = Math.max(0, revision - most);
      const { events } = await readStream(stream, { from, direction: 'forwards', max: revision - from + 1 });
      // Fewer are given where they are many bytes.
      return events.at(-1)?.revision === revision ? events.slice(0, -1).toReversed() : [];
    } finally {
      underWay -= 1;
    }
  };
};
