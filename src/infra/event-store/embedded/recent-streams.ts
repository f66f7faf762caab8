import type { StoredEvent, StreamSlice } from '../port.ts';

/** The newest events by stream, as far as they are in memory. */
export type RecentStreams = {
  /** Events of one append; the next ones of a stream follow its last ones. */
  readonly add: (events: readonly StoredEvent[]) => void;
  /** Those that were added first and not forgotten since. */
  readonly forget: (events: readonly StoredEvent[]) => void;
  /** Up to `max` events from a revision on; `undefined` where that is not in memory. */
  readonly from: (stream: string, revision: number, max: number) => StreamSlice | undefined;
};

export const recentStreams = (): RecentStreams => {
  const streams = new Map<string, StoredEvent[]>();
  return {
    add: (events) => {
      const stream = events[0]?.stream ?? '';
      const known = streams.get(stream);
      if (known === undefined) streams.set(stream, [...events]);
      else known.push(...events);
    },
    forget: (events) => {
      const stream = events[0]?.stream ?? '';
      const known = streams.get(stream);
      known?.splice(0, events.length);
      if (known?.length === 0) streams.delete(stream);
    },
    from: (stream, revision, max) => {
      const known = streams.get(stream);
      const [first, last] = [known?.[0], known?.at(-1)];
      if (known === undefined || first === undefined || last === undefined) return undefined;
      const start = revision - first.revision;
      return start < 0 ? undefined : { events: known.slice(start, start + max), head: last.revision };
    },
  };
};
