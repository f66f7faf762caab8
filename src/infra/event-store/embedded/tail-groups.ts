import type { StoredEvent } from '../port.ts';
import { recentStreams } from './recent-streams.ts';

export type TailBounds = { readonly maxBytes: number; readonly maxEvents: number };

/** The events of one append. */
export type Group = {
  readonly first: number;
  readonly events: readonly StoredEvent[];
  readonly bytes: number;
};

/** Appends in log order; the oldest are forgotten beyond the bounds. */
export const groupsWithin = ({ maxBytes, maxEvents }: TailBounds) => {
  const streams = recentStreams();
  let groups: Group[] = [];
  let oldest = 0;
  let bytes = 0;
  let count = 0;
  const forget = (): void => {
    for (let group = groups[oldest]; group !== undefined && (bytes > maxBytes || count > maxEvents);) {
      bytes -= group.bytes;
      count -= group.events.length;
      streams.forget(group.events);
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
    add: (group: Group): void => {
      groups.push(group);
      streams.add(group.events);
      bytes += group.bytes;
      count += group.events.length;
      forget();
    },
    ofStream: streams.from,
    after: (number: number, max: number): readonly StoredEvent[] | undefined => {
      const at = indexOf(groups, oldest, number + 1);
      return at === undefined ? undefined : eventsFrom(groups, at, number, max);
    },
  };
};

const eventsFrom = (
  groups: readonly Group[],
  start: number,
  number: number,
  max: number,
): readonly StoredEvent[] => {
  const found: StoredEvent[] = [];
  let at = start;
  for (let group = groups[at]; group !== undefined && found.length < max; group = groups[(at += 1)]) {
    const skipped = Math.max(0, number + 1 - group.first);
    found.push(...group.events.slice(skipped, skipped + max));
  }
  return found.slice(0, max);
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
