import { isStoreAway } from '../../domain/damage.ts';
import type { Clock, Random } from '../../infra/clock/port.ts';
import { createTimers } from './timers.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
// Runs are brought in line soon after the server they wait for is back, and not all at the same time.
const LONGEST_WHILE_AWAY_MS = 2000;
// Each failure is a line in the log: many runs take turns.
const EACH_MS = 5;

type Deps = { readonly clock: Clock; readonly random: Random };

/**
 * Runs that something went wrong with: each is tried again, after a pause that doubles with every failure in a row; at
 * random within two seconds where a server is away, 200 a second where they are many.
 */
export const createTroubled = ({ clock, random }: Deps, retry: (flowId: string) => void) => {
  const failures = new Map<string, number>();
  const timers = createTimers(clock, retry);
  const whileAwayMs = (): number => Math.max(LONGEST_WHILE_AWAY_MS, failures.size * EACH_MS);
  const pauseMs = (before: number, error: unknown): number =>
    isStoreAway(error)
      ? Math.ceil(random.next() * Math.min(whileAwayMs(), LONGEST_PAUSE_MS))
      : Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS);
  return {
    add: (flowId: string, error: unknown): void => {
      const before = failures.get(flowId) ?? 0;
      failures.set(flowId, isStoreAway(error) ? before : before + 1);
      timers.arm(flowId, clock.now() + pauseMs(before, error));
    },
    /**
     * Something went well: a later failure is a first one again. What is to be tried again still is: it may be
     * something else that failed.
     */
    over: (flowId: string): void => void failures.delete(flowId),
    size: (): number => failures.size,
    stop: timers.stop,
  };
};
