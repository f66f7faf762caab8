import type { StoredEvent } from '../port.ts';
import type { RecentStreams } from './recent-streams.ts';
import type { TailBounds } from './tail-groups.ts';
import { groupsWithin } from './tail-groups.ts';

/** The newest events, in memory, in log order: live subscribers need no disk. */
export type Tail = {
  /** Number of the last event known to be durable. */
  readonly last: () => number;
  /** The events must follow the last ones without a gap. `bytes` is their size, roughly. */
  readonly push: (events: readonly StoredEvent[], bytes: number) => void;
  /** Up to `max` events after a number; `undefined` where they were forgotten and must be read from disk. */
  readonly after: (number: number, max: number) => readonly StoredEvent[] | undefined;
  /** Of one stream, from a revision on; `undefined` where they were forgotten and must be read from disk. */
  readonly ofStream: RecentStreams['from'];
  /** Resolves when an event after `number` is there, the signal aborts or the tail ended. */
  readonly beyond: (number: number, signal: AbortSignal) => Promise<void>;
  /** Nothing will follow; `beyond` no longer waits. */
  readonly end: (reason: Error) => void;
  readonly ended: () => Error | undefined;
};

export const tailFrom = (start: number, bounds: TailBounds): Tail => {
  const kept = groupsWithin(bounds);
  const wakers = wakersOf();
  let last = start;
  let reason: Error | undefined;
  return {
    last: () => last,
    push: (events, bytes) => {
      if (events.length === 0) return;
      kept.add({ first: last + 1, events, bytes });
      last += events.length;
      wakers.wake();
    },
    after: (number, max) => (number >= last ? [] : kept.after(number, max)),
    ofStream: kept.ofStream,
    beyond: async (number, signal) => {
      if (last <= number && reason === undefined && !signal.aborted) await wakers.next(signal);
    },
    end: (why) => {
      reason ??= why;
      wakers.wake();
    },
    ended: () => reason,
  };
};

const wakersOf = () => {
  const wakers = new Set<() => void>();
  return {
    wake: (): void => {
      for (const waker of [...wakers]) waker();
    },
    /** Resolves at the next wake or abort, and leaves no listener behind. */
    next: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          wakers.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        wakers.add(done);
        signal.addEventListener('abort', done);
      }),
  };
};
