import type { StoredEvent } from '../port.ts';
import type { RecentStreams } from './recent-streams.ts';
import { tailFollowers } from './tail-followers.ts';
import type { Follower, Followers, Later } from './tail-followers.ts';
import type { Seen, TailBounds } from './tail-groups.ts';
import { groupsWithin } from './tail-groups.ts';

/** The newest events, in memory, in log order: live subscribers need no disk. */
export type Tail = {
  /** Number of the last event known to be durable. */
  readonly last: () => number;
  /** The events of one append; they must follow the last ones without a gap. `bytes` is their size, roughly. */
  readonly push: (events: readonly StoredEvent[], bytes: number) => void;
  /**
   * Those of these categories among up to `max` events after a number; `undefined` where some of them were forgotten and
   * must be read from disk.
   */
  readonly after: (number: number, max: number, categories?: readonly string[]) => Seen | undefined;
  /** Of one stream, from a revision on; `undefined` where they were forgotten and must be read from disk. */
  readonly ofStream: RecentStreams['from'];
  /** To be left once it is done. It does not wait where there is something to look at, or where nothing will come. */
  readonly follow: Followers['join'];
  /** Nothing will follow; nobody waits any longer. */
  readonly end: (reason: Error) => void;
  readonly ended: () => Error | undefined;
};

export const tailFrom = (start: number, bounds: TailBounds, later?: Later): Tail => {
  const kept = groupsWithin(bounds);
  const followers = tailFollowers(later);
  let last = start;
  let reason: Error | undefined;
  const follow: Tail['follow'] = (categories, signal): Follower => {
    const { wait, leave } = followers.join(categories, signal);
    const isOver = (number: number): boolean => last > number || reason !== undefined || signal.aborted;
    return { wait: (number) => (isOver(number) ? Promise.resolve(number) : wait(number)), leave };
  };
  return {
    last: () => last,
    push: (events, bytes) => {
      if (events.length === 0) return;
      const before = last;
      const category = kept.add({ first: before + 1, events, bytes });
      last += events.length;
      followers.came(category, before, last);
    },
    after: (number, max, categories) =>
      number >= last ? { events: [], last: number } : kept.after(number, max, categories),
    ofStream: kept.ofStream,
    follow,
    end: (why) => {
      reason ??= why;
      followers.end();
    },
    ended: () => reason,
  };
};
