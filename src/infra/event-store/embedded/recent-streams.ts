import type { StoredEvent, StreamSlice } from '../port.ts';

/** The events of one append, in memory, between those of the same stream that are there too. */
export type RecentGroup = {
  readonly stream: string;
  readonly events: readonly StoredEvent[];
  before: RecentGroup | undefined;
  next: RecentGroup | undefined;
};

/** The newest events by stream, as far as they are in memory. */
export type RecentStreams = {
  /** What follows the last ones of its stream. */
  readonly add: (group: RecentGroup) => void;
  /** The one of its stream that was added first and not forgotten since. */
  readonly forget: (group: RecentGroup) => void;
  /** Up to `max` events from a revision on; `undefined` where that is not in memory. */
  readonly from: (stream: string, revision: number, max: number) => StreamSlice | undefined;
};

export const recentStreams = (): RecentStreams => {
  const newest = new Map<string, RecentGroup>();
  return {
    add: (group) => {
      const before = newest.get(group.stream);
      group.before = before;
      if (before !== undefined) before.next = group;
      newest.set(group.stream, group);
    },
    forget: ({ stream, next }) => {
      if (next === undefined) newest.delete(stream);
      else next.before = undefined;
    },
    from: (stream, revision, max) => {
      const last = newest.get(stream);
      const events = eventsFrom(last, revision);
      const head = last?.events.at(-1)?.revision;
      return events === undefined || head === undefined ? undefined : { events: events.slice(0, max), head };
    },
  };
};

/** From a revision up to the end of this group; `undefined` where the groups before it do not reach back that far. */
const eventsFrom = (last: RecentGroup | undefined, revision: number): readonly StoredEvent[] | undefined => {
  const parts: (readonly StoredEvent[])[] = [];
  for (let group = last; group !== undefined; group = group.before) {
    const first = group.events[0]?.revision ?? 0;
    if (first <= revision) return [group.events.slice(revision - first), ...parts.reverse()].flat();
    parts.push(group.events);
  }
  return undefined;
};
