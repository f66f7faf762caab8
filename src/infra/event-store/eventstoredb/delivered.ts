import { LRUCache } from 'lru-cache';
import type { Position, StoredEvent } from '../port.ts';

type Seen = { readonly revision: number; readonly position: Position };
type Placed = Pick<StoredEvent, 'stream' | 'revision' | 'position'>;

/** What was delivered of each stream lately, to tell a repeated event from one that was left out. */
export type Delivered = {
  /** The last of its stream; undefined for one without an event after `since`. */
  readonly lastOf: (stream: string) => Seen | undefined;
  /** Every event up to here was delivered or was before our time. */
  readonly since: () => Position;
  readonly note: (event: Placed) => void;
};

const KEPT = 50_000;

export const deliveredSince = (start: Position, kept = KEPT): Delivered => {
  let since = start;
  const seen = new LRUCache<string, Seen>({
    max: kept,
    dispose: ({ position }, _stream, why) => {
      if (why === 'evict' && position > since) since = position;
    },
  });
  return {
    lastOf: (stream) => seen.peek(stream),
    since: () => since,
    note: ({ stream, revision, position }) => {
      seen.set(stream, { revision, position });
    },
  };
};
