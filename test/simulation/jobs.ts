import { Worker } from 'node:worker_threads';
import { nothing, sumOf } from './seeds.ts';
import type { Range, Totals } from './seeds.ts';

const CHUNK = 25;
// Node keeps a signal made of others for as long as somebody listens to it, and processes that crashed in a simulation
// listen for ever: a thread's memory grows by some 90 KB a seed.
const CHUNKS_A_THREAD = 100;

/**
 * Runs the seeds on `jobs` threads. What comes out is that of one after the other: where some fail, everything up to
 * the first of them.
 */
export const runJobs = async ({ first, count }: Range, jobs: number): Promise<Totals> => {
  const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => ({
    first: first + index * CHUNK,
    count: Math.min(CHUNK, count - index * CHUNK),
  }));
  const results: Totals[] = [];
  let next = 0;
  let firstFailed = Infinity;
  const isMore = (): boolean => next < chunks.length && next <= firstFailed;
  const workFor = async (many: number): Promise<void> => {
    await using thread = openThread();
    for (let done = 0; done < many && isMore(); done += 1) {
      const index = next++;
      const totals = await thread.run(chunks[index] ?? { first, count: 0 });
      results[index] = totals;
      if (totals.failed !== null) firstFailed = Math.min(firstFailed, index);
    }
  };
  const work = async (): Promise<void> => {
    while (isMore()) await workFor(CHUNKS_A_THREAD);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, chunks.length) }, work));
  return results.slice(0, firstFailed + 1).reduce(sumOf, nothing);
};

const openThread = () => {
  const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url));
  return {
    /** Rejects where something in the thread was rejected and nobody looked. */
    run: (range: Range): Promise<Totals> =>
      new Promise((resolve, reject) => {
        worker.removeAllListeners();
        worker.once('message', resolve);
        worker.once('error', (cause) => {
          const { first, count } = range;
          reject(new Error(`a thread ended at one of seeds ${first} to ${first + count - 1}`, { cause }));
        });
        worker.postMessage(range);
      }),
    [Symbol.asyncDispose]: async (): Promise<void> => {
      await worker.terminate();
    },
  };
};
