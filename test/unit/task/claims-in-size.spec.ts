import { expect, it } from 'vitest';
import { simulatedKeys } from '../../../sdk/simulator/keys.ts';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { claimTasks } from '../../../src/commands/task/claim-tasks.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import { inputContext } from '../../../src/domain/saga/seal-context.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import { MongoUnavailable } from '../../../src/infra/mongodb/errors.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { atOnce } from '../../support/feeds.ts';
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

/** Runs on offer, one for each of these sizes of their input. `broken` are those that cannot be opened. */
const onOffer = async (
  sizes: readonly number[],
  broken: ReadonlySet<number> = new Set(),
  error: Error = new MongoUnavailable('ServerLost', 'the keys are away'),
) => {
  const clock = manualClock();
  const executor = { store: plainLog(clock.now), clock };
  const ids = systemIds();
  const flowIds: string[] = [];
  const queue = memoryTaskQueue();
  const keys = simulatedKeys().through((_label, operate) => Promise.resolve(operate()));
  const told: string[] = [];
  const deps = {
    ...{ clock, ids, random: { next: () => 0.5 }, queue, leaseMs: 30_000 },
    onUnreadable: (flowId: string) => void told.push(flowId),
    keys: {
      ...keys,
      open: (...[sealed, context]: Parameters<typeof keys.open>) =>
        [...broken].some((index) => context === inputContext(flowIds[index] ?? ''))
          ? Promise.reject(error)
          : keys.open(sealed, context),
    },
    sagas: createExecutor(executor, sagaAggregate),
    orchestrations: createExecutor(executor, orchestrationAggregate),
  };
  const definition = registerDefinition(simultaneous(stepCandidate('a')));
  for (const command of [definition, registerWorkers('a-service', 'a')]) {
    const id = ids.next();
    const metadata = { commandId: id, causationId: id, correlationId: id, actor, owner: actor.id };
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata);
  }
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
  return { claim, counts: () => queue.counts(), clock, told: () => told.map((id) => flowIds.indexOf(id)) };
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

it('hands out the others where one cannot be opened; that one is on offer again after a pause', async () => {
  const broken = new Set([1]);
  const { claim, counts, clock, told } = await onOffer([10, 10, 10], broken);
  expect(await claim(100)).toEqual([0, 2]);
  expect(told()).toEqual([1]);
  expect(await counts()).toEqual({ offered: 0, claimed: 3 });
  broken.clear();
  await clock.advance(2000, atOnce);
  expect(await counts()).toEqual({ offered: 1, claimed: 2 });
  expect(await claim(100)).toEqual([1]);
});

it('fails where none can be opened, and all are on offer again after a pause', async () => {
  const { claim, counts, clock } = await onOffer([10, 10], new Set([0, 1]));
  await expect(claim(100)).rejects.toThrow('the keys are away');
  await clock.advance(2000, atOnce);
  expect(await counts()).toEqual({ offered: 2, claimed: 0 });
});

it('hands out nothing, and does not fail, where there are only runs that are damaged', async () => {
  const damaged = new LogDamaged('saga-1', 3, 'the hash differs');
  const { claim, counts, clock, told } = await onOffer([10, 10], new Set([0, 1]), damaged);
  expect(await claim(100)).toEqual([]);
  expect(told()).toEqual([0, 1]);
  await clock.advance(4999, atOnce);
  expect(await counts()).toEqual({ offered: 0, claimed: 2 });
  await clock.advance(1, atOnce);
  expect(await counts()).toEqual({ offered: 2, claimed: 0 });
});
