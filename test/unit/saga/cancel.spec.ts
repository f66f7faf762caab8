import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import { facts, sequential, simultaneous, step, succeed, told } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const definition = sequential([step('a'), step('b')]);
const known = facts(definition);
const started = event.started(definition);
const inB = [started, event.dispatched('a'), event.succeeded('a'), event.dispatched('b')];
const cancel = { type: 'CancelSaga', undo: false, reason: null } as const;
const cancelUndo = { type: 'CancelSaga', undo: true, reason: null } as const;
const undoing = event.undoStarted(['b', 'a'], { cause: 'cancel' });

describe('cancelling without undo', () => {
  it('ends the run and leaves what was done', () => {
    given(inB)
      .when(told({ ...cancel, reason: 'wrong tenant' }, known))
      .then({ type: 'SagaCancelRequested', data: { undo: false, reason: 'wrong tenant' } }, event.cancelled);
  });

  it('ends a run that waits for its worker', () => {
    given(started, event.workerMissing('a'))
      .when(told(cancel, known))
      .then(event.cancelRequested(false), event.cancelled);
  });

  it('ends a paused run', () => {
    given(inB, event.paused()).when(told(cancel, known)).then(event.cancelRequested(false), event.cancelled);
  });

  it('ends a run without a definition', () => {
    given(event.started(null), event.awaitingDefinition)
      .when(told(cancel, facts(null)))
      .then(event.cancelRequested(false), event.cancelled);
  });
});

describe('cancelling with undo', () => {
  it('undoes what was done and what is in flight, latest first', () => {
    given(inB)
      .when(told({ ...cancelUndo, reason: 'wrong tenant' }, known))
      .then(
        { type: 'SagaCancelRequested', data: { undo: true, reason: 'wrong tenant' } },
        {
          type: 'UndoStarted',
          data: { cause: 'cancel', failed: null, steps: ['b', 'a'], reason: 'wrong tenant' },
        },
        event.dispatched('b', { action: 'undo' }),
      );
  });

  it('ends cancelled when all is undone', () => {
    given(
      inB,
      event.cancelRequested(true),
      undoing,
      event.dispatched('b', { action: 'undo' }),
      event.succeeded('b', { action: 'undo' }),
      event.dispatched('a', { action: 'undo' }),
    )
      .when(succeed('a', known, { action: 'undo' }))
      .then(event.succeeded('a', { action: 'undo' }), event.cancelled);
  });

  it('ends at once where nothing was done', () => {
    given(started, event.workerMissing('a'))
      .when(told(cancelUndo, known))
      .then(event.cancelRequested(true), event.cancelled);
    given(event.started(null), event.awaitingDefinition)
      .when(told(cancelUndo, facts(null)))
      .then(event.cancelRequested(true), event.cancelled);
  });

  it('undoes a paused run too', () => {
    given(started, event.dispatched('a'), event.paused())
      .when(told(cancelUndo, known))
      .then(
        event.cancelRequested(true),
        event.undoStarted(['a'], { cause: 'cancel' }),
        event.dispatched('a', { action: 'undo' }),
      );
  });

  it('leaves a step in back-off alone: its attempts have failed', () => {
    const retrying = simultaneous([step('a', { retry: { maxRetries: 1 } }), step('b')]);
    const running = [event.started(retrying), event.dispatched('a'), event.dispatched('b')];
    given(running, event.failed('a'), event.retryScheduled('a'))
      .when(told(cancelUndo, facts(retrying)))
      .then(
        event.cancelRequested(true),
        event.undoStarted(['b'], { cause: 'cancel' }),
        event.dispatched('b', { action: 'undo' }),
      );
  });
});

describe('cancelling again', () => {
  it('changes nothing', () => {
    given(inB, event.cancelRequested(true), undoing, event.dispatched('b', { action: 'undo' }))
      .when(told(cancelUndo, known))
      .thenNothing();
    given(inB, event.cancelRequested(false), event.cancelled).when(told(cancel, known)).thenNothing();
  });
});

describe('cancelling too late', () => {
  it('is refused in a run that is being undone for another reason', () => {
    const manual = event.undoStarted(['b', 'a'], { cause: 'manual' });
    given(inB, manual, event.dispatched('b', { action: 'undo' }))
      .when(told(cancel, known))
      .thenRejected('already_undoing');
  });

  it('is refused in a run that has ended', () => {
    given(inB, event.succeeded('b'), event.completed).when(told(cancel, known)).thenRejected('run_ended');
    given(started, event.dispatched('a'), event.failed('a'), event.sagaFailed('a'))
      .when(told(cancelUndo, known))
      .thenRejected('run_ended');
  });
});
