import { describe, expect, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { evolve } from '../../../src/domain/saga/evolve.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { outstanding, wakeAfter } from '../../../src/domain/saga/outstanding.ts';
import { actionOf, initialSaga, statusOf } from '../../../src/domain/saga/state.ts';
import type { SagaRun, SagaState } from '../../../src/domain/saga/state.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import { facts, NOW, sequential, simultaneous, step, told } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const onUndo = { action: 'undo' } as const;
const definition = sequential([step('a', { retry: { maxRetries: 2 }, scheduleTimeoutMs: 5000 })]);
const known = facts(definition);
const started = event.started(definition);
const dispatched = event.dispatched('a', { until: NOW + 5000 });
const onOffer = [started, dispatched];
const backingOff = [...onOffer, event.failed('a'), event.retryScheduled('a')];
const second = event.dispatched('a', { attempt: 2, until: NOW + 5000 });
const HOUR = 3_600_000;

const on = (history: readonly SagaEvent[], action: 'do' | 'undo' = 'do') => ({
  ...{ step: 'a', action, revision: history.length - 1 },
});
const schedule = { kind: 'schedule' } as const;
const runAfter = (...events: readonly SagaEvent[]): SagaRun => {
  const state = events.reduce<SagaState>(evolve, initialSaga);
  if (state.kind === 'absent') throw new Error('no run');
  return state;
};

const move = (history: readonly SagaEvent[], until: number) =>
  told({ type: 'RescheduleTimer', ...on(history), until, reason: 'they are closed' }, known);
const fire = (history: readonly SagaEvent[], action: 'do' | 'undo' = 'do') =>
  told({ type: 'FireTimer', ...on(history, action), reason: 'they are open' }, known);
const cancel = (history: readonly SagaEvent[], action: 'do' | 'undo' = 'do') =>
  told({ type: 'CancelTimer', ...on(history, action), reason: 'somebody looks into it' }, known);
const advance = (now: number) => told({ type: 'AdvanceSaga' }, { ...known, now });

describe('rescheduling', () => {
  it('moves a retry to another time', () => {
    const moved = event.rescheduled('a');
    given(backingOff)
      .when(move(backingOff, NOW + HOUR))
      .then(moved);
    given(backingOff, moved)
      .when(advance(NOW + HOUR - 1))
      .thenNothing();
    given(backingOff, moved)
      .when(advance(NOW + HOUR))
      .then(event.dispatched('a', { attempt: 2, since: NOW + HOUR, until: NOW + HOUR + 5000 }));
  });

  it('moves the time until which a task may lie on offer', () => {
    const moved = event.rescheduled('a', { ...schedule, from: NOW + 5000 });
    given(onOffer)
      .when(move(onOffer, NOW + HOUR))
      .then(moved);
    expect(outstanding(runAfter(...onOffer, moved)).wakeAt).toBe(NOW + HOUR);
  });

  it('to a time that has passed fires a retry at once', () => {
    given(backingOff)
      .when(move(backingOff, NOW - 1))
      .then(event.rescheduled('a', { until: NOW - 1 }), second);
  });

  it('to the time it has changes nothing', () => {
    given(backingOff)
      .when(move(backingOff, NOW + 1000))
      .thenNothing();
  });
});

describe('firing', () => {
  it('starts the next attempt now, with the retries that were left', () => {
    const fired = event.fired('a');
    given(backingOff).when(fire(backingOff)).then(fired, second);
    const failedAgain = [...backingOff, fired, second, event.failed('a', { attempt: 2 })];
    expect(actionOf(runAfter(...failedAgain), 'a', 'do')).toMatchObject({ retries: 1, iteration: 0 });
  });

  it('makes a deadline due, and leaves it to the reactor whether a worker has the task', () => {
    const fired = event.fired('a', { ...schedule, due: NOW + 5000 });
    given(onOffer).when(fire(onOffer)).then(fired);
    expect(outstanding(runAfter(...onOffer, fired))).toMatchObject({ wakeAt: NOW, tasks: [{ until: NOW }] });
  });

  it('says that a worker is missing where there is none', () => {
    given(backingOff)
      .when({ ...fire(backingOff), facts: { ...known, workers: new Map() } })
      .then(event.fired('a'), event.workerMissing('a'));
  });
});

describe('cancelling a retry', () => {
  const cancelled = event.timerCancelled('a');
  const left = [...backingOff, cancelled];

  it('leaves the step to a person, also when its time has come', () => {
    given(backingOff).when(cancel(backingOff)).then(cancelled);
    given(left)
      .when(advance(NOW + HOUR))
      .thenNothing();
    expect(statusOf(runAfter(...left))).toBe('WAITING');
    expect(outstanding(runAfter(...left)).wakeAt).toBeNull();
  });

  it('lets the other steps of the run go on', () => {
    const two = simultaneous([step('a', { retry: { maxRetries: 1 } }), step('b')]);
    const history = [event.started(two), event.dispatched('a'), event.dispatched('b'), event.failed('a')];
    expect(statusOf(runAfter(...history, event.retryScheduled('a'), cancelled))).toBe('IN_PROGRESS');
  });

  it('ends when that person tries it again: as a new effect, for it has definitely failed', () => {
    const retry = told({ type: 'RetryStep', step: 'a', reason: 'fixed' }, known);
    given(left)
      .when(retry)
      .then(
        event.retryRequested('a', { action: 'do', iteration: 1 }),
        event.dispatched('a', { attempt: 2, iteration: 1, until: NOW + 5000 }),
      );
  });

  it('ends when that person tries it again: as the same effect, where it may have happened', () => {
    const timedOut = [...onOffer, event.timedOut('a'), event.retryScheduled('a'), cancelled];
    given(timedOut)
      .when(told({ type: 'RetryStep', step: 'a', reason: 'fixed' }, known))
      .then(
        event.retryRequested('a', { action: 'do', iteration: 0 }),
        event.dispatched('a', { attempt: 2, until: NOW + 5000 }),
      );
  });

  it('ends with the run: what surely failed is not undone', () => {
    const undo = told({ type: 'UndoSaga', reason: null }, known);
    given(left)
      .when(undo)
      .then(event.undoStarted([], { cause: 'manual' }), event.undone);
    expect(actionOf(runAfter(...left, event.undoStarted([])), 'a', 'do')?.status).toBe('stopped');
    const unsure = [...onOffer, event.timedOut('a'), event.retryScheduled('a'), cancelled];
    expect(actionOf(runAfter(...unsure, event.undoStarted(['a'])), 'a', 'do')?.status).toBe('unknown');
  });

  it('of an undo blocks it, and says so', () => {
    const undoing = [
      ...[started, dispatched, event.succeeded('a'), event.completed],
      ...[event.undoStarted(['a'], { cause: 'manual' }), event.dispatched('a', onUndo)],
      ...[event.failed('a', onUndo), event.retryScheduled('a', onUndo)],
    ];
    given(undoing)
      .when(cancel(undoing, 'undo'))
      .then(event.timerCancelled('a', onUndo), event.undoFailed('a'));
    const stuck = [...undoing, event.timerCancelled('a', onUndo), event.undoFailed('a')];
    given(stuck)
      .when(told({ type: 'SkipStep', step: 'a', reason: 'not needed' }, known))
      .then(event.skipped('a'), event.undone);
  });
});

describe('cancelling a deadline', () => {
  it('lets the task lie on offer for as long as it takes', () => {
    const cancelled = event.timerCancelled('a', { ...schedule, due: NOW + 5000 });
    given(onOffer).when(cancel(onOffer)).then(cancelled);
    expect(outstanding(runAfter(...onOffer, cancelled))).toMatchObject({
      wakeAt: null,
      tasks: [{ attempt: 1, until: null }],
    });
  });
});

describe('the next time of a run', () => {
  const LEASE = 30_000;
  const two = simultaneous([step('a', { retry: { maxRetries: 2 } }), step('b', { scheduleTimeoutMs: 5000 })]);
  const run = [
    ...[event.started(two), event.dispatched('a'), event.dispatched('b', { until: NOW + 5000 })],
    ...[event.failed('a'), event.retryScheduled('a', { until: NOW + 9000 })],
  ];

  it('is the earliest that has not passed', () => {
    expect(wakeAfter(runAfter(...run), NOW, LEASE)).toBe(NOW + 5000);
    expect(wakeAfter(runAfter(...run), NOW + 5000, LEASE)).toBe(NOW + 9000);
  });

  it('comes a lease later where a deadline that has passed is with its worker, who may give it back', () => {
    expect(wakeAfter(runAfter(...run), NOW + 5000, 1000)).toBe(NOW + 6000);
    expect(wakeAfter(runAfter(event.started(two), event.dispatched('a')), NOW, LEASE)).toBeNull();
  });

  it('is none while it is paused, and once it has ended', () => {
    expect(wakeAfter(runAfter(...run, event.paused()), NOW, LEASE)).toBeNull();
    expect(wakeAfter(runAfter(...run, event.cancelled), NOW, LEASE)).toBeNull();
  });
});

describe('a timer', () => {
  const commands = [move(backingOff, NOW + HOUR), fire(backingOff), cancel(backingOff)];

  it('is moved only by who knows where the run stands', () => {
    for (const command of commands) {
      given(backingOff, event.rescheduled('a'))
        .when(command)
        .thenRejected('precondition_failed', 'the run is at revision 4');
      given(onOffer).when(command).thenRejected('precondition_failed');
    }
  });

  it('stands still while the run is paused', () => {
    const paused = [...backingOff, event.paused()];
    for (const command of [move(paused, NOW), fire(paused), cancel(paused)])
      given(paused).when(command).thenRejected('run_paused');
  });

  it('of a task on offer is moved no more once it is due', () => {
    const late = { ...known, now: NOW + 5000 };
    for (const command of [move(onOffer, NOW + HOUR), fire(onOffer), cancel(onOffer)])
      given(onOffer)
        .when({ ...command, facts: late })
        .thenRejected('timer_due', 'the deadline of step a has come');
    const fired = [...onOffer, event.fired('a', { ...schedule, due: NOW + 5000 })];
    given(fired).when(cancel(fired)).thenRejected('timer_due');
  });

  it('of a retry is moved as long as it has not fired, also late', () => {
    given(backingOff)
      .when({ ...cancel(backingOff), facts: { ...known, now: NOW + HOUR } })
      .then(event.timerCancelled('a', { since: NOW + HOUR }));
  });

  it('ends with the run', () => {
    const ended = [...onOffer, event.succeeded('a'), event.completed];
    for (const command of [move(ended, NOW), fire(ended), cancel(ended)])
      given(ended).when(command).thenRejected('run_ended', 'the run has ended: COMPLETED');
  });

  it('is there only while something is due', () => {
    const cases = [
      [started, event.workerMissing('a')],
      [started, event.dispatched('a')],
      [...backingOff, event.timerCancelled('a')],
    ];
    for (const history of cases)
      for (const command of [move(history, NOW), fire(history), cancel(history)])
        given(history).when(command).thenRejected('unknown_timer');
    given(backingOff)
      .when(fire(backingOff, 'undo'))
      .thenRejected('unknown_timer', 'nothing is due by itself for the undo of step a');
  });

  it('that was moved is kept through a pause', () => {
    const history = [...backingOff, event.rescheduled('a'), event.paused()];
    given(history)
      .when(told({ type: 'ResumeSaga', reason: null }, known))
      .then(event.resumed([{ step: 'a', action: 'do', until: NOW + HOUR }]));
  });
});

describe('shifting the timers of a run', () => {
  const three = simultaneous([
    step('a', { retry: { maxRetries: 2 } }),
    step('b', { scheduleTimeoutMs: 5000 }),
    step('c', { retry: { maxRetries: 2 } }),
  ]);
  const of = facts(three);
  const history = [
    ...[event.started(three), event.dispatched('a'), event.dispatched('b', { until: NOW + 5000 })],
    ...[event.dispatched('c'), event.failed('a'), event.retryScheduled('a', { until: NOW + 1000 })],
    ...[event.failed('c'), event.retryScheduled('c', { until: NOW + 9000 })],
  ];
  const all = { step: null, kind: null, from: null, before: null };
  type Shift = Extract<Parameters<typeof told>[0], { type: 'ShiftTimers' }>;
  const shift = (some: Partial<Shift['match']>, how: Shift['move'], revision = history.length - 1) =>
    told(
      { type: 'ShiftTimers', revision, match: { ...all, ...some }, move: how, reason: 'they are closed' },
      of,
    );
  const moved = (name: string, from: number, until: number, kind: 'retry' | 'schedule' = 'retry') =>
    event.rescheduled(name, { kind, from: NOW + from, until: NOW + until });

  it('moves every one by as much', () => {
    given(history)
      .when(shift({}, { byMs: 500 }))
      .then(moved('a', 1000, 1500), moved('b', 5000, 5500, 'schedule'), moved('c', 9000, 9500));
  });

  it('moves them to one time', () => {
    given(history)
      .when(shift({}, { to: NOW + 9000 }))
      .then(moved('a', 1000, 9000), moved('b', 5000, 9000, 'schedule'));
  });

  it('moves those that match', () => {
    given(history)
      .when(shift({ kind: 'schedule' }, { byMs: 1 }))
      .then(moved('b', 5000, 5001, 'schedule'));
    given(history)
      .when(shift({ step: 'c' }, { byMs: 1 }))
      .then(moved('c', 9000, 9001));
    given(history)
      .when(shift({ from: NOW + 5000, before: NOW + 9000 }, { byMs: 1 }))
      .then(moved('b', 5000, 5001, 'schedule'));
    given(history)
      .when(shift({ before: NOW + 1000 }, { byMs: 1 }))
      .thenNothing();
  });

  it('fires what it moves into the past, and moves nothing past the ends of time', () => {
    given(history)
      .when(shift({ step: 'a' }, { byMs: -1000 }))
      .then(moved('a', 1000, 0), event.dispatched('a', { attempt: 2 }));
    given(history)
      .when(shift({ step: 'c' }, { byMs: -10 * NOW }))
      .then(moved('c', 9000, -NOW), event.dispatched('c', { attempt: 2 }));
    given(history)
      .when(shift({ step: 'c' }, { byMs: 1e15 }))
      .then(moved('c', 9000, Date.UTC(9999, 11, 31, 23, 59, 59, 999) - NOW));
  });

  it('leaves a deadline alone that has come already', () => {
    given(history)
      .when({ ...shift({ kind: 'schedule' }, { byMs: 1 }), facts: { ...of, now: NOW + 5000 } })
      .then(event.dispatched('a', { attempt: 2, since: NOW + 5000 }));
  });

  it('is refused like any other move', () => {
    given(history)
      .when(shift({}, { byMs: 1 }, 3))
      .thenRejected('precondition_failed');
    given(history, event.paused())
      .when(shift({}, { byMs: 1 }, history.length))
      .thenRejected('run_paused');
    given(history, event.cancelled)
      .when(shift({}, { byMs: 1 }, history.length))
      .thenRejected('run_ended');
  });
});
