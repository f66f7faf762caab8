import type { Clock } from '../../clock/port.ts';

export type LanesOptions = {
  readonly clock: Pick<Clock, 'schedule'>;
  /** How many tasks run at a time. */
  readonly max: number;
  /** Longest wait for a turn in milliseconds. */
  readonly patienceMs: number;
};

/** Runs tasks in the order they come, a bounded number at a time; undefined for one whose turn did not come. */
export type Lanes = <Value>(task: () => Promise<Value>) => Promise<Value | undefined>;

/** A server takes so many calls on one connection; what waits inside the client would use up its own deadline there. */
export const lanes = ({ clock, max, patienceMs }: LanesOptions): Lanes => {
  const waiting = new Set<() => void>();
  let free = max;
  const enter = (): Promise<boolean> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const go = (): void => {
        stop();
        resolve(true);
      };
      const stop = clock.schedule(patienceMs, () => {
        waiting.delete(go);
        resolve(false);
      });
      waiting.add(go);
    });
  };
  const leave = (): void => {
    const [next] = waiting;
    if (next === undefined) free += 1;
    else {
      waiting.delete(next);
      next();
    }
  };
  return async (task) => {
    if (!(await enter())) return undefined;
    try {
      return await task();
    } finally {
      leave();
    }
  };
};
