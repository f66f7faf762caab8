import { categoryOf } from '../../../domain/stream-name.ts';
import type { StoredEvent } from '../port.ts';
import type { RecentGroup } from './recent-streams.ts';
import { recentStreams } from './recent-streams.ts';

export type TailBounds = { readonly maxBytes: number; readonly maxEvents: number };

/** The events of one append, at least one. */
export type Group = {
  readonly first: number;
  readonly events: readonly StoredEvent[];
  readonly bytes: number;
};

/** What was looked for, and the number of the last event that was looked at. */
export type Seen = { readonly events: readonly StoredEvent[]; readonly last: number };

type Kept = Group & RecentGroup & { readonly category: string };

/** Appends in log order; the oldest are forgotten beyond the bounds. */
export const groupsWithin = ({ maxBytes, maxEvents }: TailBounds) => {
  const streams = recentStreams();
  let groups: Kept[] = [];
  let oldest = 0;
  let bytes = 0;
  let count = 0;
  const forget = (): void => {
    for (let group = groups[oldest]; group !== undefined && (bytes > maxBytes || count > maxEvents);) {
      bytes -= group.bytes;
      count -= group.events.length;
      streams.forget(group);
      oldest += 1;
      group = groups[oldest];
    }
    // Forgotten groups are let go in bulk: shifting an array one by one is slow.
    if (oldest * 2 > groups.length) {
      groups = groups.slice(oldest);
      oldest = 0;
    }
  };
  return {
    /** Answers their category. */
    add: (group: Group): string => {
      const kept = keptOf(group);
      groups.push(kept);
      streams.add(kept);
      bytes += kept.bytes;
      count += kept.events.length;
      forget();
      return kept.category;
    },
    ofStream: streams.from,
    /** Looks at up to `max` events after a number; `undefined` where they were forgotten. */
    after: (number: number, max: number, categories?: readonly string[]): Seen | undefined => {
      const at = indexOf(groups, oldest, number + 1);
      return at === undefined ? undefined : seenFrom(groups.slice(at, at + max), number, max, categories);
    },
  };
};

const keptOf = ({ first, events, bytes }: Group): Kept => {
  const stream = events[0]?.stream ?? '';
  return { stream, category: categoryOf(stream), first, events, bytes, before: undefined, next: undefined };
};

const seenFrom = (
  groups: readonly Kept[],
  number: number,
  max: number,
  categories: readonly string[] | undefined,
): Seen => {
  const parts: (readonly StoredEvent[])[] = [];
  const end = number + max;
  let last = number;
  for (const group of groups) {
    if (last >= end) break;
    if (categories?.includes(group.category) ?? true) parts.push(between(group, last, end));
    last = Math.min(end, lastOf(group));
  }
  return { events: joined(parts), last };
};

const lastOf = ({ first, events }: Group): number => first + events.length - 1;

/** Those after one number up to another. */
const between = (group: Group, after: number, end: number): readonly StoredEvent[] => {
  const { first, events } = group;
  return after < first && lastOf(group) <= end ? events : events.slice(after + 1 - first, end + 1 - first);
};

const joined = (parts: readonly (readonly StoredEvent[])[]): readonly StoredEvent[] => {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : parts.flat();
};

/** The group that holds an event, by halving; `undefined` when it is not among the groups from `oldest` on. */
const indexOf = (groups: readonly Group[], oldest: number, number: number): number | undefined => {
  let low = oldest;
  let high = groups.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((groups[middle]?.first ?? 0) <= number) low = middle;
    else high = middle - 1;
  }
  const found = groups[low];
  return found !== undefined && found.first <= number ? low : undefined;
};
