import { latenciesOf } from './latencies.ts';

/** Does the work so many times, so many at a time, each lane waiting for its own before the next. */
export const timed = async (count: number, inFlight: number, work: (lane: number) => Promise<unknown>) => {
  const took: number[] = [];
  let left = count;
  const lane = async (_: unknown, index: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const start = performance.now();
      await work(index);
      took.push(performance.now() - start);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - start) / 1000;
  const { p50, p99 } = latenciesOf(took);
  return { completed: took.length, seconds, p50, p99 };
};
