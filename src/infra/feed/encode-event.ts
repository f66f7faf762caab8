import { LRUCache } from 'lru-cache';
import type { Position, StoredEvent } from '../event-store/port.ts';
import type { Frame } from '../session/port.ts';

const RECENT = { max: 4096, maxSize: 8 * 1024 * 1024 };

/** Events as frames. Clients that follow the end of the log get the same ones: each is encoded once. */
export const eventEncoder = (encodeCursor: (position: Position) => string) => {
  const recent = new LRUCache<Position, Frame>({
    ...RECENT,
    sizeCalculation: ({ members }) => members.length,
  });
  return (event: StoredEvent): Frame => {
    const known = recent.get(event.position);
    if (known !== undefined) return known;
    const cursor = encodeCursor(event.position);
    const members = `"cursor":"${cursor}","event":${JSON.stringify({ ...event, position: cursor })}`;
    const frame = { type: 'event', cursor, members };
    recent.set(event.position, frame);
    return frame;
  };
};
export type EncodeEvent = ReturnType<typeof eventEncoder>;
