import { expect } from 'vitest';
import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { effectIdOf } from '../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import type { DefinitionCandidate } from '../../src/domain/orchestration/definition-rules.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { routeOf } from '../../src/infra/task-queue/port.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';
import { metadata } from './events.ts';
import { manualClock } from './manual-clock.ts';
import { plainLog } from './plain-log.ts';
import { registerDefinition, registerWorkers, sequential } from './registrations.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;

type Manual = ReturnType<typeof manualClock>;
type Options = {
  /** What `a-service` serves all steps of. */
  readonly definition?: DefinitionCandidate;
  /** The log as it is read and written. */
  readonly over?: (log: EventStore) => EventStore;
};

/** A log in which only `tenant` is registered, and what commands and an engine need that have seen nothing of it. */
export const tenantWorld = async (
  queueOn: (clock: Manual) => TaskQueue,
  { definition = sequential('a'), over = (log) => log }: Options = {},
) => {
  const clock = manualClock();
  const store = over(plainLog(clock.now));
  const deps = {
    ...{ store, clock, ids: systemIds(), random: { next: () => 0.5 } },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor({ store, clock }, sagaAggregate),
    orchestrations: createExecutor({ store, clock }, orchestrationAggregate),
    queue: queueOn(clock),
    settings: { leaseMs: 30_000, sweepMs: null, pace: { batch: 10, intervalMs: 100 } },
  };
  const names = definition.steps.map(({ name }) => name);
  for (const command of [registerDefinition(definition), registerWorkers('a-service', ...names)])
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata());
  return {
    ...deps,
    /** Gives back the new run's id. */
    start: async (payload = new Uint8Array()): Promise<string> => {
      const run = await startSaga(deps)({ orchName: 'tenant', payload }, { actor });
      return run.kind === 'done' ? run.value.flowId : expect.fail(run.detail);
    },
    /** Puts the first attempt of a step on offer, as an engine would. */
    offer: async (flowId: string, step = 'a'): Promise<void> => {
      const task = { flowId, orchName: 'tenant', step, action: 'do', attempt: 1, iteration: 0 } as const;
      const [taskId, route] = [effectIdOf(flowId, step, 0, 'do'), routeOf('tenant', step)];
      await deps.queue.offer({ ...task, taskId, route, timeoutMs: 60_000 });
    },
  };
};

/** The same with so many open runs of one step. */
export const openRunsWorld = async (runs: number, queueOn: (clock: Manual) => TaskQueue) => {
  const world = await tenantWorld(queueOn);
  for (let n = 0; n < runs; n += 1) await world.start();
  return world;
};
