import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Latencies } from '../support/latencies.ts';
import { latenciesOf } from '../support/latencies.ts';
import { RUN_COMMITS } from './plain-log.ts';

const WARM_UP_RUNS = 50;

/**
 * Milliseconds of a run of three steps, one at a time, where node:sqlite works in a thread of its own, as in any
 * server that goes on answering meanwhile: four commits, each with a message to the thread and one back.
 */
export const threadedRunFloor = async (dataDir: string, ms: number): Promise<Latencies> => {
  const path = join(dataDir, `floor-${crypto.randomUUID()}.db`);
  const thread = new Worker(new URL('commit-thread.ts', import.meta.url), { workerData: path });
  await once(thread, 'message');
  const run = (ordinalOfRun: number): Promise<void> =>
    new Promise((resolve) => {
      const onCommitted = (ordinal: number): void => {
        if (ordinal + 1 < RUN_COMMITS) {
          thread.postMessage({ run: ordinalOfRun, ordinal: ordinal + 1 });
          return;
        }
        thread.off('message', onCommitted);
        resolve();
      };
      thread.on('message', onCommitted);
      thread.postMessage({ run: ordinalOfRun, ordinal: 0 });
    });
  const took: number[] = [];
  const until = performance.now() + ms;
  for (let count = 0; count <= WARM_UP_RUNS || performance.now() < until; count += 1) {
    const start = performance.now();
    await run(count);
    if (count >= WARM_UP_RUNS) took.push(performance.now() - start);
  }
  thread.postMessage(null);
  await once(thread, 'exit');
  return latenciesOf(took);
};
