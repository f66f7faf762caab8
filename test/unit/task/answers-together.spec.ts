import { expect, it } from 'vitest';
import { simulatedKeys } from '../../../sdk/simulator/keys.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { answerTasks } from '../../../src/commands/task/answer-tasks.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { sagaAggregate } from '../../../src/domain/saga/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
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

it('answers of one run that come together are taken without reading the run again', async () => {
  const clock = manualClock();
  const log = plainLog(clock.now);
  const read: string[] = [];
  const readStream: EventStore['readStream'] = (stream, options) => {
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
  const metadata = { status: 'SUCCESS' } as const;
  const answers = STEPS.map(
    (stepName) => ({ flowId, stepName, action: 'DO', attempt: 1, metadata }) as const,
  );
  const outcomes = await answerTasks(deps)(answers, { actor });
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(STEPS.map(() => 'accepted'));
  expect(read).toEqual([]);
});
