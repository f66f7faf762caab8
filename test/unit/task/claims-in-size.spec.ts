import { expect, it } from 'vitest';
import { simulatedKeys } from '../../../sdk/simulator/keys.ts';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { claimTasks } from '../../../src/commands/task/claim-tasks.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { plainLog } from '../../support/plain-log.ts';
import {
  registerDefinition,
  registerWorkers,
  simultaneous,
  stepCandidate,
} from '../../support/registrations.ts';

/** Of a payload. */
const LARGEST = 256 * 1024;
const actor = { kind: 'service', id: 'a-service', source: 'http' } as const;
const ROUTE = routeOf('tenant', 'a');

/** Runs on offer, one for each of these sizes of their input. */
const onOffer = async (sizes: readonly number[]) => {
  const clock = manualClock();
  const executor = { store: plainLog(clock.now), clock };
  const ids = systemIds();
  const queue = memoryTaskQueue();
  const deps = {
    ...{ clock, ids, random: { next: () => 0.5 }, queue, leaseMs: 30_000 },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor(executor, sagaAggregate),
    orchestrations: createExecutor(executor, orchestrationAggregate),
  };
  const definition = registerDefinition(simultaneous(stepCandidate('a')));
  for (const command of [definition, registerWorkers('a-service', 'a')]) {
    const id = ids.next();
    const metadata = { commandId: id, causationId: id, correlationId: id, actor, owner: actor.id };
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata);
  }
  const flowIds: string[] = [];
  for (const size of sizes) {
    const run = await startSaga(deps)({ orchName: 'tenant', payload: new Uint8Array(size) }, { actor });
    const flowId = run.kind === 'done' ? run.value.flowId : '';
    const task = { flowId, orchName: 'tenant', step: 'a', action: 'do', attempt: 1, iteration: 0 } as const;
    const taskId = effectIdOf(flowId, 'a', 0, 'do');
    await queue.offer({ ...task, taskId, route: ROUTE, timeoutMs: 60_000 });
    flowIds.push(flowId);
  }
  /** Which of the runs. */
  const claim = async (max: number): Promise<readonly number[]> => {
    const tasks = await claimTasks(deps, { service: 'a-service', max }, [ROUTE]);
    return tasks.map(({ flowId }) => flowIds.indexOf(flowId));
  };
  return { claim, counts: () => queue.counts() };
};

it('hands out about 4 MiB of tasks at a time, in order; the rest stay on offer', async () => {
  const { claim, counts } = await onOffer(Array.from({ length: 20 }, () => LARGEST));
  const first = await claim(100);
  expect(first.length).toBeGreaterThanOrEqual(8);
  expect(first.length).toBeLessThanOrEqual(12);
  expect(await counts()).toEqual({ offered: 20 - first.length, claimed: first.length });
  expect([...first, ...(await claim(100)), ...(await claim(100))]).toEqual(
    Array.from({ length: 20 }, (_, n) => n),
  );
  expect(await claim(100)).toEqual([]);
});

it('hands out small ones all at once', async () => {
  const { claim } = await onOffer(Array.from({ length: 100 }, () => 10));
  expect(await claim(100)).toHaveLength(100);
});
