import type { Clock } from '../clock/port.ts';
import type { MongoConnection } from './connect.ts';
import { MongoUnavailable } from './errors.ts';

export type AtMostOptions = {
  /** Calls under way at the same time, ≥ 1. */
  readonly calls: number;
  readonly clock: Clock;
};

// The driver gives up on a call that gets no connection within two seconds: bursts must wait before they reach it.
const LONGEST_WAIT_MS = 5000;
const MOST_WAITING = 10_000;

/**
 * The connection for one of its users, who makes no more than so many calls at once: the others wait their turn, for
 * five seconds at the most, and are then refused with MongoUnavailable, not made.
 */
export const atMost = (
  { collection, run }: Pick<MongoConnection, 'collection' | 'run'>,
  options: AtMostOptions,
): Pick<MongoConnection, 'collection' | 'run'> => {
  const turns = turnsOf(options);
  return {
    collection,
    run: async (work, deadlineMs) => {
      await turns.take();
      try {
        return await run(work, deadlineMs);
      } finally {
        turns.giveBack();
      }
    },
  };
};

const turnsOf = ({ calls, clock }: AtMostOptions) => {
  const waiting = new Set<() => void>();
  let underWay = 0;

  const wait = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        cancel();
        resolve();
      };
      const cancel = clock.schedule(LONGEST_WAIT_MS, () => {
        waiting.delete(begin);
        reject(busy());
      });
      waiting.add(begin);
    });
  return {
    take: (): Promise<void> => {
      if (underWay >= calls) return waiting.size < MOST_WAITING ? wait() : Promise.reject(busy());
      underWay += 1;
      return Promise.resolve();
    },
    /** The turn goes to whoever waited longest. */
    giveBack: (): void => {
      const [next] = waiting;
      if (next === undefined) underWay -= 1;
      else {
        waiting.delete(next);
        next();
      }
    },
  };
};

const busy = (): MongoUnavailable =>
  new MongoUnavailable('Busy', 'MongoDB has more to do than it can do in time');
