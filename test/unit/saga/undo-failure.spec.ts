import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  fail,
  facts,
  graph,
  NOW,
  sequential,
  simultaneous,
  step,
  succeed,
  timeOut,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const onUndo = { action: 'undo' } as const;
const steps = [step('a'), step('b')];
const ran = (name: string) => [event.dispatched(name), event.succeeded(name)];
const plan = event.undoStarted(['b', 'a'], { cause: 'manual' });
const inputsOfB = { inputs: [{ step: 'b', revision: 4 }] };
const inputsOfA = { inputs: [{ step: 'a', revision: 2 }] };

const undoing = (onUndoFailure: 'stop' | 'continue') => {
  const definition = sequential(steps, { onUndoFailure });
  const history = [event.started(definition), ...ran('a'), ...ran('b'), event.completed, plan];
  return { known: facts(definition), history: [...history, event.dispatched('b', onUndo)] };
};

const { known, history } = undoing('stop');
const stuck = [...history, event.failed('b', onUndo), event.blocked('b'), event.undoFailed('b')];
const retry = { type: 'RetryStep', step: 'b', reason: 'fixed' } as const;
const skip = { type: 'SkipStep', step: 'b', reason: 'not needed' } as const;
const complete = { type: 'CompleteStep', step: 'b', reason: 'done by hand' } as const;

describe('an undo that fails for good, with stop', () => {
  it('blocks, says so, and starts no other undo', () => {
    given(history)
      .when(fail('b', known, onUndo))
      .then(
        event.failed('b', onUndo),
        {
          type: 'StepBlocked',
          data: {
            step: 'b',
            action: 'undo',
            reason: 'undo-blocked',
            since: NOW,
            until: null,
            next: 'operator',
          },
        },
        { type: 'SagaUndoFailed', data: { steps: ['b'] } },
      );
  });

  it('stays as it is until a person decides', () => {
    given(stuck)
      .when(told({ type: 'AdvanceSaga' }, { ...known, now: NOW + 3_600_000 }))
      .thenNothing();
  });

  it('refuses a second undo and a cancel', () => {
    given(stuck)
      .when(told({ type: 'UndoSaga', reason: null }, known))
      .thenRejected('undo_blocked');
    given(stuck)
      .when(told({ type: 'CancelSaga', undo: true, reason: null }, known))
      .thenRejected('already_undoing');
  });

  it('waits for undos in flight before it says that it is stuck', () => {
    const beside = simultaneous(steps);
    const inBoth = [
      event.started(beside),
      ...ran('a'),
      ...ran('b'),
      event.completed,
      plan,
      event.dispatched('a', onUndo),
      event.dispatched('b', onUndo),
    ];
    given(inBoth)
      .when(fail('b', facts(beside), onUndo))
      .then(event.failed('b', onUndo), event.blocked('b'));
    given(inBoth, event.failed('b', onUndo), event.blocked('b'))
      .when(succeed('a', facts(beside), onUndo))
      .then(event.succeeded('a', onUndo), event.undoFailed('b'));
  });
});

describe('two branches of a graph, undone side by side', () => {
  const branches = [step('root'), step('left', { dependsOn: ['root'] }), step('right')];
  const undoingBoth = (onUndoFailure: 'stop' | 'continue') => {
    const definition = graph(branches, { onUndoFailure });
    const done = [event.started(definition), ...['root', 'right', 'left'].flatMap(ran), event.completed];
    const begun = [event.dispatched('left', onUndo), event.dispatched('right', onUndo)];
    const plan = event.undoStarted(['right', 'left', 'root'], { cause: 'manual' });
    return { known: facts(definition), history: [...done, plan, ...begun] };
  };
  const rightStuck = [event.failed('right', onUndo), event.blocked('right')];

  it('do not go on in one while the other is stuck, with stop', () => {
    const { known, history } = undoingBoth('stop');
    given(history, rightStuck)
      .when(succeed('left', known, onUndo))
      .then(event.succeeded('left', onUndo), event.undoFailed('right'));
    given(history, rightStuck, event.succeeded('left', onUndo), event.undoFailed('right'))
      .when(told({ ...skip, step: 'right' }, known))
      .then(
        event.skipped('right'),
        event.dispatched('root', { ...onUndo, inputs: [{ step: 'root', revision: 2 }] }),
      );
  });

  it('do not go on, with stop, where one got stuck while the run was paused', () => {
    const { known, history } = undoingBoth('stop');
    const kept = [event.paused(), event.succeeded('left', onUndo), event.failed('right', onUndo)];
    given(history, kept)
      .when(told({ type: 'ResumeSaga', reason: null }, known))
      .then(event.resumed(), event.blocked('right'), event.undoFailed('right'));
  });

  it('go on in one while the other is stuck, with continue', () => {
    const { known, history } = undoingBoth('continue');
    given(history, rightStuck)
      .when(succeed('left', known, onUndo))
      .then(
        event.succeeded('left', onUndo),
        event.dispatched('root', { ...onUndo, inputs: [{ step: 'root', revision: 2 }] }),
      );
  });
});

describe('an undo that fails for good, with continue', () => {
  const goesOn = undoing('continue');
  const past = [
    ...goesOn.history,
    event.failed('b', onUndo),
    event.blocked('b'),
    event.dispatched('a', onUndo),
  ];

  it('goes on with the others', () => {
    given(goesOn.history)
      .when(fail('b', goesOn.known, onUndo))
      .then(
        event.failed('b', onUndo),
        event.blocked('b'),
        event.dispatched('a', { ...onUndo, ...inputsOfA }),
      );
  });

  it('says at the end that it is stuck', () => {
    given(past)
      .when(succeed('a', goesOn.known, onUndo))
      .then(event.succeeded('a', onUndo), event.undoFailed('b'));
  });

  it('names all that are stuck, and the rest again after a decision on one', () => {
    const bothStuck = [...past, event.failed('a', onUndo), event.blocked('a'), event.undoFailed('b', 'a')];
    given(past)
      .when(fail('a', goesOn.known, onUndo))
      .then(event.failed('a', onUndo), event.blocked('a'), event.undoFailed('b', 'a'));
    given(bothStuck).when(told(skip, goesOn.known)).then(event.skipped('b'), event.undoFailed('a'));
    given(bothStuck, event.skipped('b'), event.undoFailed('a'))
      .when(told({ ...complete, step: 'a' }, goesOn.known))
      .then(event.markedDone('a'), event.undone);
  });
});

describe('a person with a blocked undo', () => {
  it('retries it as a new effect, since it failed for certain', () => {
    given(stuck)
      .when(told(retry, known))
      .then(
        { type: 'StepRetryRequested', data: { step: 'b', action: 'undo', iteration: 1, reason: 'fixed' } },
        event.dispatched('b', { ...onUndo, attempt: 2, iteration: 1, ...inputsOfB }),
      );
  });

  it('retries it as the same effect where its outcome is unknown', () => {
    const unsure = [...history, event.timedOut('b', onUndo), event.blocked('b'), event.undoFailed('b')];
    given(history)
      .when(timeOut('b', known, onUndo))
      .then(event.timedOut('b', onUndo), event.blocked('b'), event.undoFailed('b'));
    given(unsure)
      .when(told(retry, known))
      .then(
        event.retryRequested('b', { iteration: 0 }),
        event.dispatched('b', { ...onUndo, attempt: 2, iteration: 0, ...inputsOfB }),
      );
  });

  it('gets the whole number of retries again', () => {
    const patient = sequential([step('a', { retry: { maxRetries: 1 } })]);
    const again = [
      event.started(patient),
      ...ran('a'),
      event.completed,
      event.undoStarted(['a'], { cause: 'manual' }),
      event.dispatched('a', onUndo),
      event.failed('a', onUndo),
      event.retryScheduled('a', onUndo),
      event.dispatched('a', { ...onUndo, attempt: 2 }),
      event.failed('a', { ...onUndo, attempt: 2 }),
      event.blocked('a'),
      event.undoFailed('a'),
      event.retryRequested('a'),
      event.dispatched('a', { ...onUndo, attempt: 3, iteration: 1 }),
    ];
    given(again)
      .when(fail('a', facts(patient), onUndo))
      .then(
        event.failed('a', { ...onUndo, attempt: 3 }),
        event.retryScheduled('a', { ...onUndo, attempt: 4 }),
      );
  });

  it('is told again when the retry fails', () => {
    given(stuck, event.retryRequested('b'), event.dispatched('b', { ...onUndo, attempt: 2, iteration: 1 }))
      .when(fail('b', known, onUndo))
      .then(event.failed('b', { ...onUndo, attempt: 2 }), event.blocked('b'), event.undoFailed('b'));
  });

  it('waits for a worker like any undo', () => {
    given(stuck)
      .when(told(retry, { ...known, workers: new Map() }))
      .then(event.retryRequested('b'), event.workerMissing('b', onUndo));
  });

  it('skips it with a reason, and the rest goes on', () => {
    given(stuck)
      .when(told(skip, known))
      .then(
        { type: 'StepSkipped', data: { step: 'b', action: 'undo', reason: 'not needed' } },
        event.dispatched('a', { ...onUndo, ...inputsOfA }),
      );
  });

  it('has undone it by hand, and the rest goes on', () => {
    given(stuck)
      .when(told(complete, known))
      .then(
        { type: 'StepMarkedDone', data: { step: 'b', action: 'undo', reason: 'done by hand' } },
        event.dispatched('a', { ...onUndo, ...inputsOfA }),
      );
  });

  it('decides once', () => {
    const decided = [...stuck, event.skipped('b'), event.dispatched('a', onUndo)];
    given(decided).when(told(skip, known)).thenNothing();
    given(stuck, event.markedDone('b'), event.dispatched('a', onUndo))
      .when(told(complete, known))
      .thenNothing();
    given(decided).when(told(retry, known)).thenRejected('step_not_retrying');
  });
});

describe('an operator command that does not fit', () => {
  it('is refused for a step whose undo is not blocked', () => {
    given(history).when(told(skip, known)).thenRejected('step_not_blocked');
    given(history)
      .when(told({ ...complete, step: 'a' }, known))
      .thenRejected('step_not_blocked');
    given(history).when(told(retry, known)).thenRejected('step_not_retrying');
  });

  it('is refused for a step that has nothing to retry', () => {
    given(history)
      .when(told({ ...retry, step: 'a' }, known))
      .thenRejected('step_not_retrying');
  });

  it.each([retry, skip, complete])('is refused for a step that the run does not have: $type', (command) => {
    given(history)
      .when(told({ ...command, step: 'elsewhere' }, known))
      .thenRejected('unknown_step');
  });

  it('is refused once the run has ended', () => {
    given(history.slice(0, 6)).when(told(retry, known)).thenRejected('run_ended');
  });
});

describe('an undo that waits for a worker while one before it is tried once more', () => {
  const { known: everybody, history: begun } = undoing('continue');
  const waiting = [
    ...[...begun, event.failed('b', onUndo), event.blocked('b'), event.workerMissing('a', onUndo)],
    ...[event.retryRequested('b', onUndo), event.workerMissing('b', onUndo)],
  ];

  it('has its turn after that, though workers for both are there', () => {
    given(waiting)
      .when(told({ type: 'AdvanceSaga' }, everybody))
      .then(
        event.healed('b', onUndo),
        event.dispatched('b', { ...onUndo, ...inputsOfB, attempt: 2, iteration: 1 }),
      );
  });

  it('goes on at once where the other is stuck again', () => {
    const again = { ...onUndo, attempt: 2, iteration: 1 };
    given(waiting, event.healed('b', onUndo), event.dispatched('b', again))
      .when(fail('b', everybody, { ...again, retryable: false }))
      .then(
        event.failed('b', { ...onUndo, attempt: 2, retryable: false }),
        event.blocked('b'),
        event.healed('a', onUndo),
        event.dispatched('a', { ...onUndo, ...inputsOfA }),
      );
  });
});
