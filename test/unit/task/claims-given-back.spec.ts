import { expect, it } from 'vitest';
import { simulatedKeys } from '../../../sdk/simulator/keys.ts';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { claimTasks } from '../../../src/commands/task/claim-tasks.ts';
import { releaseTasks } from '../../../src/commands/task/poll-tasks.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import type { TaskQueue } from '../../../src/infra/task-queue/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { plainLog } from '../../support/plain-log.ts';
import {
  registerDefinition,
  registerWorkers,
  simultaneous,
  stepCandidate,
} from '../../support/registrations.ts';

/** Of a payload: about ten of them are handed out at a time. */
const LARGEST = 256 * 1024;
const actor = { kind: 'service', id: 'a-service', source: 'http' } as const;

/** So many runs of the largest input, each with all of these steps on offer. */
const onOffer = async (runs: number, steps: readonly string[], change: Partial<TaskQueue> = {}) => {
  const clock = manualClock();
  const executor = { store: plainLog(clock.now), clock };
  const ids = systemIds();
  const queue = memoryTaskQueue();
  const deps = {
    ...{ clock, ids, random: { next: () => 0.5 }, leaseMs: 30_000 },
    ...{ queue: { ...queue, ...change }, onUnreadable: () => undefined },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor(executor, sagaAggregate),
    orchestrations: createExecutor(executor, orchestrationAggregate),
  };
  const definition = registerDefinition(simultaneous(...steps.map((name) => stepCandidate(name))));
  for (const command of [definition, registerWorkers('a-service', ...steps)]) {
    const id = ids.next();
    const metadata = { commandId: id, causationId: id, correlationId: id, actor, owner: actor.id };
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata);
  }
  const flowIds: string[] = [];
  const payload = new Uint8Array(LARGEST);
  for (let n = 0; n < runs; n += 1) {
    const run = await startSaga(deps)({ orchName: 'tenant', payload }, { actor });
    const flowId = run.kind === 'done' ? run.value.flowId : '';
    for (const step of steps) {
      const task = { flowId, orchName: 'tenant', step, action: 'do', attempt: 1, iteration: 0 } as const;
      const [taskId, route] = [effectIdOf(flowId, step, 0, 'do'), routeOf('tenant', step)];
      await queue.offer({ ...task, taskId, route, timeoutMs: 60_000 });
    }
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
