import type { Clock } from '../../clock/port.ts';
import { retryPauseMs } from '../../clock/port.ts';
import { isOutage } from './causes.ts';

const MAX_CRASHES = 5;
// The pauses between five crashes are 1, 2, 4 and 8 s: what passes by itself has time to.
const CRASH_PAUSE_MS = 1000;

/**
 * Counts crashes in a row; five are fatal. An outage of the brokers is none, and a session that lived `lastingMs` was
 * no failure of what crashed before it.
 */
export const crashCount = (clock: Clock, lastingMs: number) => {
  let outages = 0;
  let crashes = 0;
  let startedAt = clock.now();
  const progressed = (): void => {
    outages = 0;
    crashes = 0;
  };
  return {
    progressed,
    started: (): void => {
      startedAt = clock.now();
    },
    /** How long to rest before the next session; undefined when there must be none. */
    crashed: (error: unknown): number | undefined => {
      if (clock.now() - startedAt > lastingMs) progressed();
      if (isOutage(error)) {
        outages += 1;
        return retryPauseMs(outages);
      }
      crashes += 1;
      return crashes < MAX_CRASHES ? CRASH_PAUSE_MS * 2 ** (crashes - 1) : undefined;
    },
  };
};
