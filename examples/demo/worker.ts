// A worker as a service would have it: it registers what it can do, takes tasks, works, answers. Plain HTTP.
//   node worker.ts <address of Skald> <service> <orchestration>/<step>…
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const task = z.object({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  attempt: z.int(),
  payload: z.base64(),
});
const polled = z.object({ tasks: z.array(task) });
const order = z.looseObject({ tenant: z.string(), plan: z.string() });

const [address = '', service = '', ...offers] = process.argv.slice(2);

const post = async (path: string, body: object): Promise<unknown> => {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-service-name': service },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
};

const register = async (): Promise<void> => {
  const steps = Map.groupBy(offers, (offer) => offer.split('/')[0]);
  for (const [orchName, own] of steps) {
    const names = own.map((offer) => ({ name: offer.split('/')[1] }));
    await post('/api/orchestration/register', { orchName, as: 'worker', steps: names });
  }
};

const WORK_MS = 60;

const work = async ({ payload, ...on }: z.infer<typeof task>): Promise<void> => {
  const { flowId, orchName, stepName, action, attempt } = on;
  const held = { flowId, orchName, stepName, action, attempt };
  await sleep(WORK_MS / 2);
  await post('/api/v1/tasks/heartbeat', { ...held, progress: { percent: 50 } });
  await sleep(WORK_MS / 2);
  const answer = action === 'UNDO' ? { metadata: { status: 'SUCCESS' } } : outcomeOf(stepName, payload);
  await post('/api/v1/tasks/responses', { ...held, ...answer });
};

/** What the step came to: the order with a note of what was done, which the next step gets; or a refusal. */
const outcomeOf = (step: string, payload: string): object => {
  const given = order.parse(JSON.parse(Buffer.from(payload, 'base64').toString()));
  if (step === 'open-account' && given.plan === 'unpaid') {
    const error = `no means of payment on file for ${given.tenant}`;
    return { metadata: { status: 'FAILED', error, code: 'payment-required', retryable: false } };
  }
  const result = JSON.stringify({ ...given, [step]: `done by ${service}` });
  return { metadata: { status: 'SUCCESS' }, payload: Buffer.from(result).toString('base64') };
};

await register();
for (;;) {
  const { tasks } = polled.parse(await post('/api/v1/tasks/poll', { service, max: 10, waitMs: 10_000 }));
  await Promise.all(tasks.map(work));
}
