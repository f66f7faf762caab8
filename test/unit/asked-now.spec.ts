import { describe, expect, it } from 'vitest';
import { askedNow } from '../../src/commands/asked-now.ts';
import type { CallContext } from '../../src/commands/context.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { startSaga } from '../../src/commands/saga/start-saga.ts';
import { answerTasks } from '../../src/commands/task/answer-tasks.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
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
});
