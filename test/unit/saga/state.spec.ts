import { describe, expect, it } from 'vitest';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { evolve } from '../../../src/domain/saga/evolve.ts';
import { actionOf, initialSaga, statusOf } from '../../../src/domain/saga/state.ts';
import type { SagaState } from '../../../src/domain/saga/state.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const onUndo = { action: 'undo' } as const;
const started = event.started(sequential([step('a')]));
const running = [started, event.dispatched('a')];
const undoing = [...running, event.undoStarted(['a'], { cause: 'manual' }), event.dispatched('a', onUndo)];
const fold = (events: readonly SagaEvent[]): SagaState => events.reduce<SagaState>(evolve, initialSaga);
const status = (...events: readonly SagaEvent[]) => {
  const state = fold(events);
  return state.kind === 'run' ? statusOf(state) : state.kind;
};

describe('the status of a run', () => {
  it('is WAITING while nothing can move without something from outside', () => {
    expect(status(event.started(null), event.awaitingDefinition)).toBe('WAITING');
    expect(status(started, event.workerMissing('a'))).toBe('WAITING');
  });

  it('is IN_PROGRESS while any step moves', () => {
    expect(status(...running)).toBe('IN_PROGRESS');
    expect(status(started, event.workerMissing('a'), event.dispatched('b'))).toBe('IN_PROGRESS');
    expect(status(started, event.workerMissing('a'), event.retryScheduled('b'))).toBe('IN_PROGRESS');
    expect(status(started, event.workerMissing('a'), event.healed('a'))).toBe('IN_PROGRESS');
    expect(status(event.started(null), event.awaitingDefinition, event.definitionPinned())).toBe(
      'IN_PROGRESS',
    );
  });

  it('is PAUSED in any phase, until resumed', () => {
    expect(status(...running, event.paused())).toBe('PAUSED');
    expect(status(...undoing, event.paused())).toBe('PAUSED');
    expect(status(...running, event.paused(), event.resumed())).toBe('IN_PROGRESS');
  });

  it('is UNDOING from the start of the undo on', () => {
    expect(status(...undoing)).toBe('UNDOING');
    expect(status(...running, event.paused(), event.undoStarted(['a']))).toBe('UNDOING');
    expect(status(...running, event.succeeded('a'), event.completed, event.undoStarted(['a']))).toBe(
      'UNDOING',
    );
  });

  it('is UNDO_FAILED while only a person can go on', () => {
    const stuck = [...undoing, event.blocked('a'), event.undoFailed('a')];
    expect(status(...undoing, event.blocked('a'))).toBe('UNDOING');
    expect(status(...stuck)).toBe('UNDO_FAILED');
    for (const decided of [event.retryRequested('a'), event.skipped('a'), event.markedDone('a')])
      expect(status(...stuck, decided)).toBe('UNDOING');
  });

  it('is the ending once it has ended', () => {
    expect(status(...running, event.succeeded('a'), event.completed)).toBe('COMPLETED');
    expect(status(...running, event.failed('a'), event.sagaFailed('a'))).toBe('FAILED');
    expect(status(...undoing, event.undone)).toBe('UNDONE');
    expect(status(...running, event.paused(), event.cancelRequested(false), event.cancelled)).toBe(
      'CANCELLED',
    );
  });
});

describe('the state of a run', () => {
  it('is absent until it starts', () => {
    expect(fold([event.dispatched('a'), event.completed])).toEqual({ kind: 'absent' });
  });

  it('knows its latest revision', () => {
    expect(fold(undoing)).toMatchObject({ kind: 'run', revision: 3 });
  });

  it('holds at its end no timer and no action in flight', () => {
    const timer = [started, event.dispatched('a', { until: 99 }), event.retryScheduled('b', { until: 99 })];
    const state = fold([...timer, event.workerMissing('c'), event.lapsed('d'), event.cancelled]);
    const actions =
      state.kind === 'run' ? ['a', 'b', 'c', 'd'].map((name) => actionOf(state, name, 'do')) : [];
    expect(actions).toMatchObject([
      { status: 'unknown', until: null, uncertain: true },
      { status: 'stopped', until: null },
      { status: 'stopped', until: null },
      { status: 'unknown', until: null },
    ]);
  });

  it('is not changed by folding on', () => {
    const state = fold(running);
    const before = structuredClone(state);
    evolve(state, event.succeeded('a'), 2);
    expect(state).toEqual(before);
  });
});
