import { expect, it } from 'vitest';
import { simulatedKeys } from '../../../sdk/simulator/keys.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { answerTasks } from '../../../src/commands/task/answer-tasks.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate, sagaStream } from '../../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { plainLog } from '../../support/plain-log.ts';
import {
  registerDefinition,
  registerWorkers,
  simultaneous,
  stepCandidate,
} from '../../support/registrations.ts';

const actor = { kind: 'service', id: 'a-service', source: 'http' } as const;
const STEPS = ['a', 'b', 'c', 'd'];
const DAMAGED = '0198f3a0-2222-7abc-8def-000000000001';
const metadata = { status: 'SUCCESS' } as const;
const answerOf = (flowId: string, stepName: string) =>
  ({ flowId, stepName, action: 'DO', attempt: 1, metadata }) as const;

/** A run whose steps are all dispatched, in a log of which the stream of another run cannot be read. */
const world = async () => {
  const clock = manualClock();
  const log = plainLog(clock.now);
  const read: string[] = [];
  const readStream: EventStore['readStream'] = (stream, options) => {
    if (stream === sagaStream(DAMAGED)) return Promise.reject(new LogDamaged(stream, 3, 'the hash differs'));
    read.push(stream);
    return log.readStream(stream, options);
  };
  const executor = { store: { ...log, readStream }, clock };
  const ids = systemIds();
  const deps = {
    ...{ clock, ids, random: { next: () => 0.5 }, queue: memoryTaskQueue() },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor(executor, sagaAggregate),
    orchestrations: createExecutor(executor, orchestrationAggregate),
  };
  const definition = registerDefinition(simultaneous(...STEPS.map((name) => stepCandidate(name))));
  for (const command of [definition, registerWorkers('a-service', ...STEPS)]) {
    const id = ids.next();
    const metadata = { commandId: id, causationId: id, correlationId: id, actor, owner: actor.id };
    await deps.orchestrations.execute(orchestrationStream('tenant'), command, metadata);
  }
  const started = await startSaga(deps)({ orchName: 'tenant', payload: new Uint8Array() }, { actor });
  const flowId = started.kind === 'done' ? started.value.flowId : '';

  read.length = 0;
  const answer = async (answers: readonly ReturnType<typeof answerOf>[]) => {
    const outcomes = await answerTasks(deps)(answers, { actor });
    return outcomes.map(({ outcome }) => outcome);
  };
  return { flowId, read, answer };
};

it('answers of one run that come together are taken without reading the run again', async () => {
  const { flowId, read, answer } = await world();
  const outcomes = await answer(STEPS.map((step) => answerOf(flowId, step)));
  expect(outcomes).toEqual(STEPS.map(() => 'accepted'));
  expect(read).toEqual([]);
});

it('an answer whose run cannot be read keeps no other back; sent alone it is refused with the reason', async () => {
  const { flowId, answer } = await world();
  const outcomes = await answer([answerOf(flowId, 'a'), answerOf(DAMAGED, 'a'), answerOf(flowId, 'b')]);
  expect(outcomes).toEqual(['accepted', 'unavailable', 'accepted']);
  await expect(answer([answerOf(DAMAGED, 'a'), answerOf(DAMAGED, 'b')])).rejects.toThrow(LogDamaged);
});
