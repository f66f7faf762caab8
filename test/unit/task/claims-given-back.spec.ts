import { expect, it } from 'vitest';
import { claimTasks } from '../../../src/commands/task/claim-tasks.ts';
import { releaseTasks } from '../../../src/commands/task/poll-tasks.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import type { TaskQueue } from '../../../src/infra/task-queue/port.ts';
import { tenantWorld } from '../../support/open-runs-world.ts';
import { simultaneous, stepCandidate } from '../../support/registrations.ts';

/** Of a payload: about ten of them are handed out at a time. */
const LARGEST = 256 * 1024;
/** So many runs of the largest input, each with all of these steps on offer. */
const onOffer = async (runs: number, steps: readonly string[], change: Partial<TaskQueue> = {}) => {
  const queue = memoryTaskQueue();
  const definition = simultaneous(...steps.map((name) => stepCandidate(name)));
  const world = await tenantWorld(() => ({ ...queue, ...change }), { definition });
  const deps = { ...world, leaseMs: 30_000, onUnreadable: () => undefined };
  const flowIds: string[] = [];
  for (let n = 0; n < runs; n += 1) {
    const flowId = await world.start(new Uint8Array(LARGEST));
    for (const step of steps) await world.offer(flowId, step);
    flowIds.push(flowId);
  }
  const routes = steps.map((step) => routeOf('tenant', step));
  const take = () => claimTasks(deps, { service: 'a-service', max: 100 }, routes);
  const claim = async (): Promise<readonly { readonly run: number; readonly step: string }[]> =>
    (await take()).map(({ flowId, stepName }) => ({ run: flowIds.indexOf(flowId), step: stepName }));
  return { claim, take, release: releaseTasks(deps), queue, routes };
};

it('every step has its turn, however many tasks of others are too much at a time', async () => {
  const steps = Array.from({ length: 20 }, (_, n) => `s${n}`);
  const { claim } = await onOffer(5, steps);
  const served = [...(await claim()), ...(await claim()), ...(await claim())].map(({ step }) => step);
  expect(new Set(served).size).toBe(20);
});

it('whoever waits while the rest goes back on offer gets the oldest of it', async () => {
  const { claim, queue, routes } = await onOffer(40, ['a']);
  const claiming = claim();
  const second = queue.offered(routes, new AbortController().signal).then(claim);
  const first = await claiming;
  const [next] = await second;
  expect(first[0]).toEqual({ run: 0, step: 'a' });
  expect(next).toEqual({ run: first.length, step: 'a' });
});

it('hands out what is not too much even where the rest cannot be put back on offer', async () => {
  const { claim } = await onOffer(40, ['a'], {
    release: () => Promise.reject(new Error('the queue is away')),
  });
  expect((await claim())[0]).toEqual({ run: 0, step: 'a' });
});

it('what never reached its worker is handed out once more in the same order', async () => {
  const { take, release } = await onOffer(2, ['a', 'b']);
  const first = await take();
  await release(first);
  expect(await take()).toEqual(first);
});
