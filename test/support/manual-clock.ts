import type { Clock } from '../../src/infra/clock/port.ts';

type Timer = { readonly at: number; readonly task: () => void };

/** A clock that a test moves. Timers fire in order, each at its own time, with what follows from it given its turn. */
export const manualClock = (start = 1_700_000_000_000) => {
  let now = start;
  const timers = new Set<Timer>();
  const clock: Clock = {
    now: () => now,
    schedule: (delayMs, task) => {
      const timer = { at: now + delayMs, task };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
  };
  const nextUpTo = (end: number): Timer | undefined =>
    [...timers].filter(({ at }) => at <= end).toSorted((one, other) => one.at - other.at)[0];

  /** Moves on; `settled` resolves when what a timer set off has come to rest. */
  const advance = async (ms: number, settled: () => Promise<unknown>): Promise<void> => {
    const end = now + ms;
    for (let timer = nextUpTo(end); timer !== undefined; timer = nextUpTo(end)) {
      now = Math.max(now, timer.at);
      timers.delete(timer);
      timer.task();
      await settled();
    }
    now = end;
  };
  return { ...clock, advance, waiting: () => timers.size };
};
