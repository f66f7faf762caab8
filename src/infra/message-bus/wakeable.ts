import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';

/** A sleeper that can be woken; a wake that comes while it is up ends its next sleep at once. */
export const wakeable = (clock: Clock) => {
  let sleep = new AbortController();
  return {
    wake: (): void => {
      sleep.abort();
    },
    wait: async (ms: number): Promise<void> => {
      await pause(clock, ms, sleep.signal);
      sleep = new AbortController();
    },
  };
};
