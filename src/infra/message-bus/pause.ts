import type { Clock } from '../clock/port.ts';

/** Resolves after `ms`, or at once when the signal is or becomes aborted. Never rejects. */
export const pause = (clock: Clock, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(ms, end);
    signal.addEventListener('abort', end);
  });

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
