import type { Scheduler } from './scheduler.ts';

/** So long after the last write whatever has to do with leases is over. */
const LULL_MS = 600_000;
/** Less is not worth passing over. */
const SHORTEST_MS = 60_000;
const MOST_QUIET_STEPS = 100_000;

/**
 * Time in which runs and workers only wait: it takes steps all the same, because servers look and workers ask again and
 * again. `due` tell when anything goes on by itself; Infinity where nothing does.
 */
export const createLulls = (
  scheduler: Pick<Scheduler, 'now' | 'jump'>,
  due: readonly ((now: number) => number)[],
) => {
  let since = scheduler.now();
  let quietSteps = 0;
  return {
    /** Something was written. */
    end: (): void => {
      since = scheduler.now();
      quietSteps = 0;
    },
    /** To be called before each step: moves time on to what comes next where that is far away. */
    pass: (): void => {
      quietSteps += 1;
      const now = scheduler.now();
      if (now - since < LULL_MS) return;
      since = now;
      const next = Math.min(...due.map((dueIn) => dueIn(now)));
      if (next === Infinity || next - now < SHORTEST_MS) return;
      scheduler.jump(next - now);
      quietSteps = 0;
    },
    /** Nothing was written for so long, with nothing to wait for, that nothing will be. */
    isEndless: (): boolean => quietSteps > MOST_QUIET_STEPS,
  };
};
