// The same start, sent to two processes before either has answered: a client that tries again elsewhere, a record
// that is delivered to another consumer.
import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { register } from '../../../src/commands/orchestration/register.ts';
import { startSaga } from '../../../src/commands/saga/start-saga.ts';
import { orchestrationAggregate } from '../../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../../src/domain/orchestration/attempt.ts';
import { sagaAggregate } from '../../../src/domain/saga/aggregate.ts';
import { systemIds, systemRandom } from '../../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { embeddedKeys } from '../../../src/infra/keys/embedded.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { manualClock } from '../../support/manual-clock.ts';

const actor = { kind: 'service', id: 'client', source: 'test' } as const;
const context = { actor, idempotencyKey: 'order-17' };
const payload = (text: string) => ({ orchName: 'tenant', payload: Buffer.from(text) });

const twoProcesses = async () => {
  const dataDir = freshDirectory();
  const store = await embeddedEventStore({ dataDir });
  const keys = await embeddedKeys({ dataDir, masterKey: new Uint8Array(randomBytes(32)) });
  onTestFinished(async () => {
    await Promise.all([store.close(), keys.close()]);
  });
  const process = () => {
    const clock = manualClock();
    const shared = { store, clock, isShared: true };
    const orchestrations = createExecutor(shared, orchestrationAggregate);
    const sagas = createExecutor(shared, sagaAggregate);
    const own = { clock, random: systemRandom(), ids: systemIds(), queue: memoryTaskQueue() };
    const attempts = createExecutor(shared, attemptAggregate);
    return {
      register: register({ ...own, orchestrations, attempts, transports: new Set(['http'] as const) }),
      start: startSaga({ ...own, orchestrations, sagas, keys }),
    };
  };
  const [one, other] = [process(), process()];
  const steps = [{ name: 'create', seq: 1, objectType: 'thing' }];
  const input = registerInput.parse({ orchName: 'tenant', as: 'initiator', type: 'sequential', steps });
  await one.register({ ...input, service: 'initiator' }, { actor });
  return { one, other };
};

it('is one run, and both are told of it', async () => {
  const { one, other } = await twoProcesses();
  const answers = await Promise.all([
    one.start(payload('same'), context),
    other.start(payload('same'), context),
  ]);
  const flowIds = answers.map((answer) => (answer.kind === 'done' ? answer.value.flowId : answer));
  expect(new Set(flowIds).size).toBe(1);
  expect(flowIds[0]).toMatch(/^[0-9a-f-]{36}$/);
});

it('with another payload is refused to whoever comes second', async () => {
  const { one, other } = await twoProcesses();
  const answers = await Promise.all([
    one.start(payload('same'), context),
    other.start(payload('other'), context),
  ]);
  expect(answers.map((answer) => (answer.kind === 'rejected' ? answer.code : answer.kind)).sort()).toEqual([
    'done',
    'idempotency_key_reused',
  ]);
});
