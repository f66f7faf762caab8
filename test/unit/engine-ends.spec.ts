// Whoever has lost the reactor's lease must end, so that it can be begun again: also while nothing it tries succeeds.
import { expect, it } from 'vitest';
import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { MongoUnavailable } from '../../src/infra/mongodb/errors.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { metadata } from '../support/events.ts';
import { manualClock } from '../support/manual-clock.ts';
import { plainLog } from '../support/plain-log.ts';
import { registerDefinition, registerWorkers, sequential } from '../support/registrations.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;
const AWAY_MS = 5000;
const settled = () => new Promise(setImmediate);

/** An engine that finds open runs, over a queue whose server is away: each call fails after five seconds. */
const whileAway = async (runs: number) => {
  const clock = manualClock();
  const store = plainLog(clock.now);
  let calls = 0;
  const away = async (): Promise<never> => {
    calls += 1;
    await new Promise<void>((resolve) => clock.schedule(AWAY_MS, resolve));
    throw new MongoUnavailable('ServerLost', 'no server');
  };
  const deps = {
    ...{ store, clock, ids: systemIds(), random: { next: () => 0.5 } },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor({ store, clock }, sagaAggregate),
    orchestrations: createExecutor({ store, clock }, orchestrationAggregate),
    queue: { ...memoryTaskQueue(), offer: away, overdue: away },
  };
  for (const command of [registerDefinition(sequential('a')), registerWorkers('a-service', 'a')])
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata());
  for (let n = 0; n < runs; n += 1)
    await startSaga(deps)({ orchName: 'tenant', payload: new Uint8Array() }, { actor });
  const engine = createEngine({
    ...deps,
    settings: { leaseMs: 30_000, sweepMs: null, pace: { batch: 10, intervalMs: 100 } },
    onTrouble: () => undefined,
  });
  return { clock, engine, calls: () => calls };
};

it('an engine that is told to stop ends with what is under way, and tries nothing of it again', async () => {
  const { clock, engine, calls } = await whileAway(3);
  const stop = new AbortController();
  let hasEnded = false;
  const running = engine.run(stop.signal).then(() => (hasEnded = true));
  await clock.advance(4 * AWAY_MS, settled);
  expect(calls()).toBeGreaterThan(3);
  stop.abort();
  await clock.advance(AWAY_MS, settled);
  await settled();
  expect(hasEnded).toBe(true);
  const before = calls();
  await clock.advance(600_000, settled);
  expect(calls()).toBe(before);
  await running;
});
