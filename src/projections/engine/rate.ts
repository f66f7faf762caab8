import type { Clock } from '../../infra/clock/port.ts';

/** Counts what happens, and says how much of it there was a second. */
export type Rate = {
  readonly add: (count: number) => void;
  /** Over the last ten seconds, or since the first `add` where that is less. */
  readonly perSecond: () => number;
};

const WINDOW_S = 10;
const SHORTEST_S = 0.1;

export const rateOf = (clock: Pick<Clock, 'now'>): Rate => {
  const buckets = new Map<number, number>();
  let startedMs: number | undefined;
  const forget = (nowS: number): void => {
    for (const key of buckets.keys()) if (key <= nowS - WINDOW_S) buckets.delete(key);
  };
  return {
    add: (count) => {
      startedMs ??= clock.now();
      const second = Math.floor(clock.now() / 1000);
      forget(second);
      buckets.set(second, (buckets.get(second) ?? 0) + count);
    },
    perSecond: () => {
      if (startedMs === undefined) return 0;
      forget(Math.floor(clock.now() / 1000));
      const elapsedS = Math.min(WINDOW_S, Math.max(SHORTEST_S, (clock.now() - startedMs) / 1000));
      return [...buckets.values()].reduce((sum, count) => sum + count, 0) / elapsedS;
    },
  };
};
