// The thread of bench/floor/threaded-runs.ts: one commit for each message, then an answer.
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { plainLog } from './plain-log.ts';

const log = plainLog(z.string().parse(workerData));
const first = z.object({ run: z.int(), ordinal: z.int() });

parentPort?.on('message', (message: unknown) => {
  if (message === null) {
    log.close();
    parentPort?.close();
    return;
  }
  const { run, ordinal } = first.parse(message);
  log.step(run, 1, ordinal);
  parentPort?.postMessage(ordinal);
});
parentPort?.postMessage('open');
