// A worker as a service would have it: it registers what it can do, takes tasks, works, answers. Plain HTTP.
//   node worker.ts <address of Skald> <service> <orchestration>/<step>…
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { outcomeOf, stepsIn, task, WORK_MS } from './work.ts';
import type { Task } from './work.ts';

const polled = z.object({ tasks: z.array(task) });

const [address = '', service = '', ...offers] = process.argv.slice(2);
const token = process.env['SKALD_TOKEN'];

const post = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-service-name': service,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
};

const register = async (): Promise<void> => {
  for (const { orchName, names } of stepsIn(offers)) {
    const steps = names.map((name) => ({ name }));
    await post('/api/orchestration/register', { orchName, as: 'worker', steps });
  }
};

const work = async (given: Task): Promise<void> => {
  const { flowId, orchName, stepName, action, attempt } = given;
  const held = { flowId, orchName, stepName, action, attempt };
  await sleep(WORK_MS / 2);
  await post('/api/v1/tasks/heartbeat', { ...held, progress: { percent: 50 } });
  await sleep(WORK_MS / 2);
  await post('/api/v1/tasks/responses', { ...held, ...outcomeOf(service, given) });
};

await register();
for (;;) {
  const { tasks } = polled.parse(await post('/api/v1/tasks/poll', { service, max: 10, waitMs: 10_000 }));
  await Promise.all(tasks.map(work));
}
