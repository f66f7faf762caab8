// Whoever is told that the engine is ready may take tasks and answer them: what was open must be on offer, or held, by then.
import { expect, it } from 'vitest';
import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import type { Snapshots } from '../../src/infra/snapshots/port.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { metadata } from '../support/events.ts';
import { manualClock } from '../support/manual-clock.ts';
import { plainLog } from '../support/plain-log.ts';
import { registerDefinition, registerWorkers, sequential } from '../support/registrations.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;

/** A log in which runs are open, each with a task, and an engine that has seen nothing of it. */
const afterRestart = async (runs: number, around: { readonly save: Snapshots['save'] }) => {
  const clock = manualClock();
  const store = plainLog(clock.now);
  const seen: string[] = [];
  const queue = memoryTaskQueue();
  const deps = {
    ...{ store, clock, ids: systemIds(), random: { next: () => 0.5 } },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor({ store, clock }, sagaAggregate),
    orchestrations: createExecutor({ store, clock }, orchestrationAggregate),
    queue: {
      ...queue,
      offer: async (task: Parameters<typeof queue.offer>[0]) => {
        await new Promise((resolve) => setImmediate(resolve));
        await queue.offer(task);
        seen.push('offered');
      },
    },
  };
  for (const command of [registerDefinition(sequential('a')), registerWorkers('a-service', 'a')])
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata());
  for (let n = 0; n < runs; n += 1)
    await startSaga(deps)({ orchName: 'tenant', payload: new Uint8Array() }, { actor });
  const engine = createEngine({
    ...deps,
    settings: { leaseMs: 30_000, sweepMs: null, pace: { batch: 10, intervalMs: 100 } },
    snapshots: { load: () => Promise.resolve(undefined), save: around.save },
    onTrouble: (_flowId, error) => expect.fail(String(error)),
  });
  return { engine, seen };
};

it('is ready when the tasks of all open runs are on offer, not before', async () => {
  const { engine, seen } = await afterRestart(3, { save: () => Promise.resolve() });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  await engine.ready.then(() => seen.push('ready'));
  stop.abort();
  await running;
  expect(seen).toEqual(['offered', 'offered', 'offered', 'ready']);
});

it('is ready before it has kept anything for the next start', async () => {
  let keep = (): void => undefined;
  const kept = new Promise<void>((resolve) => (keep = resolve));
  const { engine } = await afterRestart(1, { save: () => kept });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  await engine.ready;
  keep();
  stop.abort();
  await running;
});
