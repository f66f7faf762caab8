import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { runSeeds } from './seeds.ts';

const range = z.object({ first: z.number(), count: z.number() });

parentPort?.on('message', (message: unknown) => {
  void runSeeds(range.parse(message)).then((totals) => parentPort?.postMessage(totals));
});
