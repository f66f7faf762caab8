import type { Clock } from '../../infra/clock/port.ts';
import { createTimers } from './timers.ts';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** Runs that something went wrong with: each is tried again, after a pause that doubles with every failure in a row. */
export const createTroubled = (clock: Clock, retry: (flowId: string) => void) => {
  const failures = new Map<string, number>();
  const timers = createTimers(clock, retry);
  return {
    add: (flowId: string): void => {
      const before = failures.get(flowId) ?? 0;
      failures.set(flowId, before + 1);
      timers.arm(flowId, clock.now() + Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS));
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
