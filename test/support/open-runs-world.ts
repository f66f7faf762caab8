import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';
import { metadata } from './events.ts';
import { manualClock } from './manual-clock.ts';
import { plainLog } from './plain-log.ts';
import { registerDefinition, registerWorkers, sequential } from './registrations.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;

/** A log in which so many runs of one step are open, and what an engine needs that has seen nothing of it. */
export const openRunsWorld = async (runs: number, queueOn: (clock: Manual) => TaskQueue) => {
  const clock = manualClock();
  const store = plainLog(clock.now);
  const deps = {
    ...{ store, clock, ids: systemIds(), random: { next: () => 0.5 } },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor({ store, clock }, sagaAggregate),
    orchestrations: createExecutor({ store, clock }, orchestrationAggregate),
    queue: queueOn(clock),
    settings: { leaseMs: 30_000, sweepMs: null, pace: { batch: 10, intervalMs: 100 } },
  };
  for (const command of [registerDefinition(sequential('a')), registerWorkers('a-service', 'a')])
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata());
  for (let n = 0; n < runs; n += 1)
    await startSaga(deps)({ orchName: 'tenant', payload: new Uint8Array() }, { actor });
  return deps;
};

type Manual = ReturnType<typeof manualClock>;
