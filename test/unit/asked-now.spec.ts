import { describe, expect, it } from 'vitest';
import { asked, askedNow } from '../../src/commands/asked-now.ts';
import type { CallContext } from '../../src/commands/context.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { receiveInstance } from '../../src/commands/instance/receive-instance.ts';
import { steerInstance } from '../../src/commands/instance/steer-instance.ts';
import { refuseRegistration } from '../../src/commands/orchestration/register.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { steerSaga } from '../../src/commands/saga/steer-saga.ts';
import { answerTasks } from '../../src/commands/task/answer-tasks.ts';
import { reject } from '../../src/domain/decider.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../src/domain/orchestration/attempt.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { headersWith, instancesOver, objectWith, valueOf } from '../support/instance-world.ts';
import { openRunsWorld } from '../support/open-runs-world.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;
const queueOn = () => memoryTaskQueue();

describe('a call over servers', () => {
  it('has one limit for all it waits for: begun too late, nothing of it is written', async () => {
    const world = await openRunsWorld(0, queueOn);
    const { store, clock } = world;
    const deps = { ...world, sagas: createExecutor({ store, clock, isShared: true }, sagaAggregate) };
    const end = await store.lastPosition();
    const input = { orchName: 'tenant', payload: new Uint8Array() };
    const late = { actor, askedAt: clock.now() - 5001 };
    expect(await startSaga(deps)(input, late)).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(await store.lastPosition()).toBe(end);
    const started = await startSaga(deps)(input, { actor, askedAt: clock.now() });
    const { flowId } = started.kind === 'done' ? started.value : { flowId: systemIds().next() };
    const answer = { flowId, stepName: 'a', action: 'DO', metadata: { status: 'SUCCESS' } } as const;
    expect(await answerTasks(deps)([answer], late)).toMatchObject([{ outcome: 'unavailable' }]);
    expect(await answerTasks(deps)([answer], { actor })).toMatchObject([{ outcome: 'accepted' }]);
  });

  it('counts from when it came, and one over a log of its own not at all', async () => {
    const { clock } = await openRunsWorld(0, queueOn);
    const askedAt = (_input: null, context: CallContext) => context.askedAt;
    expect(askedNow({ clock, isShared: true })(askedAt)(null, { actor })).toBe(clock.now());
    expect(askedNow({ clock, isShared: false })(askedAt)).toBe(askedAt);
  });

  it('that says something to a run counts what it reads before', async () => {
    const world = await openRunsWorld(1, queueOn);
    const { store, clock } = world;
    const sagas = createExecutor({ store, clock, isShared: true }, sagaAggregate);
    const { events } = await store.readAll({ after: START, categories: ['saga'], max: 100 });
    const flowId = (events.at(-1)?.stream ?? '').slice('saga-'.length);
    const slow = {
      ...sagas,
      load: async (stream: string) => {
        await clock.advance(5001, () => Promise.resolve());
        return sagas.load(stream);
      },
    };
    const pauseWith = (used: typeof sagas) =>
      steerSaga({ ...world, sagas: used }).pauseSaga(flowId, { timers: 'keep-due' }, { actor });
    expect(await pauseWith(slow)).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(await pauseWith(sagas)).toMatchObject({ kind: 'done' });
  });

  it('that hands in an instance, or says something to one, has one limit too', async () => {
    const world = instancesOver(await openRunsWorld(0, queueOn));
    const delivery = { headers: headersWith(), value: objectWith('a form') };
    const late = { ...world, clock: { now: () => Date.now() - 5001 } };
    const busy = { kind: 'unavailable', code: 'busy' };
    expect(await receiveInstance(late)(delivery, { actor })).toMatchObject(busy);
    const { instanceId } = valueOf(await world.receiveInstance(delivery, { actor }));
    const hold = (deps: typeof late) =>
      steerInstance(deps).holdInstance(instanceId, { reason: 'asked' }, { actor });
    expect(await hold(late)).toMatchObject(busy);
    expect(await hold({ ...late, clock: world.clock })).toMatchObject({ kind: 'done' });
  });

  it('that got an id before it was too late for the rest gets the same once it comes again', async () => {
    const world = instancesOver(await openRunsWorld(0, queueOn));
    const delivery = { headers: headersWith(), value: objectWith('a form') };
    const { instances, ...rest } = world;
    const asked: string[] = [];
    const executeNew: typeof instances.executeNew = (stream, command, metadata, askedAt = 0) => {
      asked.push(stream);
      return instances.executeNew(stream, command, metadata, askedAt - 5001);
    };
    const keyed = { actor, idempotencyKey: 'k' };
    const busy = await receiveInstance({ ...rest, instances: { ...instances, executeNew } })(delivery, keyed);
    expect(busy).toMatchObject({ kind: 'unavailable', code: 'busy' });
    const { instanceId } = valueOf(await world.receiveInstance(delivery, keyed));
    expect(asked).toEqual([`instance-${instanceId}`]);
  });

  it('that registers something of the wrong shape has it too', async () => {
    const { store, clock, ids } = await openRunsWorld(0, queueOn);
    const ports = { store, clock, isShared: true };
    const deps = {
      ...{ ...ports, ids, transports: new Set(['http'] as const) },
      orchestrations: createExecutor(ports, orchestrationAggregate),
      attempts: createExecutor(ports, attemptAggregate),
    };
    const end = await store.lastPosition();
    const who = { orchName: 'tenant', as: 'worker', service: 'a-service' };
    const refused = refuseRegistration(deps);
    const refusal = reject('invalid_input', 'no steps');
    const late = { actor, askedAt: clock.now() - 5001 };
    expect(await refused(who, refusal, late)).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(await store.lastPosition()).toBe(end);
    expect(await refused(who, refusal, asked(ports)({ actor }))).toMatchObject({ code: 'invalid_input' });
    expect(await store.lastPosition()).not.toBe(end);
  });
});
