import { describe, expect, it } from 'vitest';
import { sagaStream } from '../../../src/domain/saga/aggregate.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { sequential, simultaneous, step } from '../../support/saga-builders.ts';
import { context, timerWorld } from '../../support/timer-world.ts';
import type { TimerWorld } from '../../support/timer-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const retry = { maxRetries: 1, backoffMs: HOUR, maxBackoffMs: HOUR, jitter: 0 };
const retrying = sequential([step('a', { retry })]);
const offered = sequential([step('a', { scheduleTimeoutMs: HOUR })]);
const both = simultaneous([
  step('a', { retry: { ...retry, backoffMs: 30 * MINUTE } }),
  step('b', { scheduleTimeoutMs: 10 * MINUTE, timeoutMs: 24 * HOUR }),
]);
const DELAY_MS = 5;
const close = simultaneous([
  step('a', { scheduleTimeoutMs: HOUR, timeoutMs: 24 * HOUR }),
  step('b', { scheduleTimeoutMs: HOUR + DELAY_MS - 2 }),
]);
const DEFINITIONS = { retrying, offered, both, close } as const;

/** A run of one of them while the engine runs. */
const running = async (orchName: keyof typeof DEFINITIONS) => {
  const made = timerWorld();
  const definition = DEFINITIONS[orchName];
  await made.define(orchName, definition);
  await made.startEngine();
  const flowId = await made.started(1, orchName, definition);
  if (orchName !== 'offered') await made.failedOnce(flowId, definition, 0);
  await made.settled();
  /** The timer of step `a`, as it stands now. */
  const timer = () => {
    const revision = made.log.stream(sagaStream(flowId)).length - 1;
    return { flowId, step: 'a', action: 'do', revision } as const;
  };
  const types = () => made.typesOf(flowId).slice(1);
  return { ...made, orchName, timer, types };
};

const claim = async ({ deps, clock, orchName }: TimerWorld & { orchName: string }, name: string) => {
  const asked = { routes: [routeOf(orchName, name)], by: 'the-service', max: 1, leaseMs: 24 * HOUR };
  return (await deps.queue.claim({ ...asked, now: clock.now() })).map(({ task }) => task.step);
};

const reason = 'they are closed';
const FAILED_ONCE = ['StepDispatched', 'StepFailed', 'StepRetryScheduled'];

describe('a retry', () => {
  it('that was moved starts at its new time, and not before', async () => {
    const made = await running('retrying');
    const dueAt = new Date(made.clock.now() + 3 * HOUR).toISOString();
    expect(await made.rescheduleTimer(made.timer(), { dueAt, reason }, context)).toMatchObject({
      kind: 'done',
    });
    await made.pass(3 * HOUR - 1);
    expect(made.types()).toEqual([...FAILED_ONCE, 'TimerRescheduled']);
    await made.pass(1);
    expect(made.types()).toEqual([...FAILED_ONCE, 'TimerRescheduled', 'StepDispatched']);
  });

  it('that was fired starts now, and not again at its time', async () => {
    const made = await running('retrying');
    await made.fireTimer(made.timer(), { reason }, context);
    await made.pass(2 * HOUR);
    expect(made.types()).toEqual([...FAILED_ONCE, 'TimerFired', 'StepDispatched']);
    expect(await claim(made, 'a')).toEqual(['a']);
  });

  it('that was cancelled never starts', async () => {
    const made = await running('retrying');
    await made.cancelTimer(made.timer(), { reason }, context);
    await made.pass(100 * HOUR);
    expect(made.types()).toEqual([...FAILED_ONCE, 'TimerCancelled']);
  });

  it('is moved once under one Idempotency-Key', async () => {
    const made = await running('retrying');
    const keyed = { ...context, idempotencyKey: 'k' };
    const timer = made.timer();
    const first = await made.cancelTimer(timer, { reason }, keyed);
    expect(await made.cancelTimer(timer, { reason }, keyed)).toEqual({ ...first, replayed: true });
    expect(await made.cancelTimer(timer, { reason: 'another' }, keyed)).toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect(await made.cancelTimer(timer, { reason }, context)).toMatchObject({ code: 'precondition_failed' });
  });

  it('starts at its time though a deadline before it has come for a task that a worker has', async () => {
    const made = await running('both');
    expect(await claim(made, 'b')).toEqual(['b']);
    await made.pass(29 * MINUTE);
    expect(made.types()).toHaveLength(4);
    await made.pass(MINUTE);
    expect(made.types().slice(4)).toEqual(['StepDispatched']);
  });
});

describe('a deadline', () => {
  it('that was fired gives up a task that nobody has', async () => {
    const made = await running('offered');
    await made.fireTimer(made.timer(), { reason }, context);
    await made.settled();
    await made.pass(1);
    expect(made.types()).toEqual(['StepDispatched', 'TimerFired', 'StepTimedOut', 'SagaFailed']);
    expect(await claim(made, 'a')).toEqual([]);
  });

  it('that was fired leaves a task with the worker that has it', async () => {
    const made = await running('offered');
    expect(await claim(made, 'a')).toEqual(['a']);
    await made.fireTimer(made.timer(), { reason }, context);
    await made.pass(2 * HOUR);
    expect(made.types()).toEqual(['StepDispatched', 'TimerFired']);
  });

  it('that was cancelled never comes', async () => {
    const made = await running('offered');
    await made.cancelTimer(made.timer(), { reason }, context);
    await made.pass(100 * HOUR);
    expect(made.types()).toEqual(['StepDispatched', 'TimerCancelled']);
    expect(await claim(made, 'a')).toEqual(['a']);
  });

  it('that was moved comes at its new time', async () => {
    const made = await running('offered');
    const dueAt = new Date(made.clock.now() + 3 * HOUR).toISOString();
    await made.rescheduleTimer(made.timer(), { dueAt, reason }, context);
    await made.pass(3 * HOUR - 1);
    expect(made.types()).toEqual(['StepDispatched', 'TimerRescheduled']);
    await made.pass(1);
    expect(made.types().slice(2)).toEqual(['StepTimedOut', 'SagaFailed']);
  });

  it('that has come is moved no more', async () => {
    const made = await running('offered');
    expect(await claim(made, 'a')).toEqual(['a']);
    await made.pass(HOUR);
    expect(await made.cancelTimer(made.timer(), { reason }, context)).toMatchObject({ code: 'timer_due' });
  });

  it('that comes while another one is looked at is not missed', async () => {
    const made = timerWorld();
    await made.define('close', close);
    const { sagas } = made.deps;
    const execute: typeof sagas.execute = async (...given) => {
      const executed = await sagas.execute(...given);
      await made.clock.advance(DELAY_MS, () => Promise.resolve());
      return executed;
    };
    await made.startEngine({ sagas: { ...sagas, execute } });
    const flowId = await made.started(1, 'close', close);
    await made.settled();
    expect(await claim({ ...made, orchName: 'close' }, 'a')).toEqual(['a']);
    await made.pass(HOUR + 1000);
    expect(made.typesOf(flowId)).toContain('StepTimedOut');
  });
});
