// The worker process of bench/sagas.ts: takes tasks as they come, answers them at once, in batches.
//   node bench/saga-worker.ts <address> <service> <loops>
import { z } from 'zod';
import { keepAlive } from './support/keep-alive.ts';

const polled = z.object({
  tasks: z.array(
    z.object({
      flowId: z.string(),
      stepName: z.string(),
      action: z.string(),
      attempt: z.int(),
      payload: z.string(),
    }),
  ),
});

const [address = '', service = '', loops = '1'] = process.argv.slice(2);
const post = keepAlive(address, Number(loops));
const poll = JSON.stringify({ service, max: 100, waitMs: 30_000 });
const metadata = { status: 'SUCCESS' };

const loop = async (): Promise<never> => {
  for (;;) {
    const { tasks } = polled.parse(JSON.parse(await post('/api/v1/tasks/poll', poll)));
    if (tasks.length === 0) continue;
    await post('/api/v1/tasks/responses', JSON.stringify(tasks.map((task) => ({ ...task, metadata }))));
  }
};

await Promise.all(Array.from({ length: Number(loops) }, loop));
