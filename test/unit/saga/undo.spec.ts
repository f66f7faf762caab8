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
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const undo = { type: 'UndoSaga', reason: null } as const;
const onUndo = { action: 'undo' } as const;
const manual = (...steps: string[]) => event.undoStarted(steps, { cause: 'manual' });

const chain = sequential([step('a'), step('b'), step('c')]);
const known = facts(chain);
const inC = [
  event.started(chain),
  event.dispatched('a'),
  event.succeeded('a'),
  event.dispatched('b'),
  event.succeeded('b'),
  event.dispatched('c'),
];

describe('a final failure', () => {
  it('undoes what had succeeded, the last step first, one at a time', () => {
    given(inC)
      .when(fail('c', known))
      .then(
        event.failed('c'),
        {
          type: 'UndoStarted',
          data: { cause: 'failure', failed: 'c', steps: ['b', 'a'], reason: null },
        },
        event.dispatched('b', { ...onUndo, inputs: [{ step: 'b', revision: 4 }] }),
      );
  });

  it('goes on with the step before when one is undone, and ends undone', () => {
    const undoing = [...inC, event.failed('c'), event.undoStarted(['b', 'a'], { failed: 'c' })];
    const inB = [...undoing, event.dispatched('b', onUndo)];
    given(inB)
      .when(succeed('b', known, onUndo))
      .then(
        event.succeeded('b', onUndo),
        event.dispatched('a', { ...onUndo, inputs: [{ step: 'a', revision: 2 }] }),
      );
    given(inB, event.succeeded('b', onUndo), event.dispatched('a', onUndo))
      .when(succeed('a', known, onUndo))
      .then(event.succeeded('a', onUndo), event.undone);
  });

  it('ends the run failed where nothing can be undone', () => {
    const fixed = sequential([step('a', { undo: false }), step('b')]);
    given(event.started(fixed), event.dispatched('a'), event.succeeded('a'), event.dispatched('b'))
      .when(fail('b', facts(fixed)))
      .then(event.failed('b'), event.sagaFailed('b'));
  });

  it('passes over a step without an undo', () => {
    const mixed = sequential([step('a'), step('b', { undo: false }), step('c')]);
    const running = [event.started(mixed), ...inC.slice(1)];
    given(running)
      .when(fail('c', facts(mixed)))
      .then(
        event.failed('c'),
        event.undoStarted(['a'], { failed: 'c' }),
        event.dispatched('a', { ...onUndo, inputs: [{ step: 'a', revision: 2 }] }),
      );
  });

  it('treats what is in flight beside it as unknown, and undoes it all at once', () => {
    const beside = simultaneous([step('a'), step('b'), step('c')]);
    const running = [
      event.started(beside),
      event.dispatched('a'),
      event.dispatched('b'),
      event.dispatched('c'),
    ];
    given(running, event.succeeded('a'))
      .when(fail('c', facts(beside)))
      .then(
        event.failed('c'),
        event.undoStarted(['b', 'a'], { failed: 'c' }),
        event.dispatched('a', { ...onUndo, inputs: [{ step: 'a', revision: 4 }] }),
        event.dispatched('b', onUndo),
      );
  });

  it('names the first of several that failed while the run was paused', () => {
    const beside = simultaneous([step('a'), step('b')]);
    const running = [event.started(beside), event.dispatched('a'), event.dispatched('b'), event.paused()];
    given(running, event.failed('b'), event.failed('a'))
      .when(told({ type: 'ResumeSaga', reason: null }, facts(beside)))
      .then(event.resumed(), event.sagaFailed('a'));
  });

  it('stops a step that waits and one in back-off without undoing them', () => {
    const beside = simultaneous([step('a', { retry: { maxRetries: 1 } }), step('b'), step('c')]);
    const running = [
      event.started(beside),
      event.dispatched('a'),
      event.workerMissing('b'),
      event.dispatched('c'),
      event.failed('a'),
      event.retryScheduled('a'),
    ];
    given(running)
      .when(fail('c', facts(beside, { workers: new Map() })))
      .then(event.failed('c'), event.sagaFailed('c'));
  });

  it('undoes a step in back-off of which an attempt may have had its effect', () => {
    const beside = simultaneous([step('a', { retry: { maxRetries: 1 } }), step('b')]);
    const running = [
      event.started(beside),
      event.dispatched('a'),
      event.dispatched('b'),
      event.timedOut('a'),
      event.retryScheduled('a'),
    ];
    given(running)
      .when(fail('b', facts(beside)))
      .then(event.failed('b'), event.undoStarted(['a'], { failed: 'b' }), event.dispatched('a', onUndo));
  });
});

describe('the undo of a graph', () => {
  const diamond = graph([
    step('root'),
    step('left', { dependsOn: ['root'] }),
    step('right', { dependsOn: ['root'], undo: false }),
    step('far', { dependsOn: ['right'] }),
    step('join', { dependsOn: ['left', 'far'] }),
  ]);
  const ran = (name: string) => [event.dispatched(name), event.succeeded(name)];
  const done = [
    event.started(diamond),
    ...['root', 'left', 'right', 'far', 'join'].flatMap(ran),
    event.completed,
  ];
  const plan = manual('join', 'far', 'left', 'root');
  const undone = (name: string) => [event.dispatched(name, onUndo), event.succeeded(name, onUndo)];

  it('starts with what nothing depends on', () => {
    given(done)
      .when(told(undo, facts(diamond)))
      .then(plan, event.dispatched('join', { ...onUndo, inputs: [{ step: 'join', revision: 10 }] }));
  });

  it('goes on with all whose dependents are undone, at the same time', () => {
    given(done, plan, event.dispatched('join', onUndo))
      .when(succeed('join', facts(diamond), onUndo))
      .then(
        event.succeeded('join', onUndo),
        event.dispatched('left', { ...onUndo, inputs: [{ step: 'left', revision: 4 }] }),
        event.dispatched('far', { ...onUndo, inputs: [{ step: 'far', revision: 8 }] }),
      );
  });

  it('waits for dependents behind a step without an undo', () => {
    const inFar = [
      ...done,
      plan,
      ...undone('join'),
      event.dispatched('left', onUndo),
      event.dispatched('far', onUndo),
    ];
    given(inFar)
      .when(succeed('left', facts(diamond), onUndo))
      .then(event.succeeded('left', onUndo));
    given(inFar, event.succeeded('left', onUndo))
      .when(succeed('far', facts(diamond), onUndo))
      .then(
        event.succeeded('far', onUndo),
        event.dispatched('root', { ...onUndo, inputs: [{ step: 'root', revision: 2 }] }),
      );
  });
});

describe('an undo by hand', () => {
  const one = sequential([step('a')]);
  const atWork = [event.started(one), event.dispatched('a')];
  const completed = [...atWork, event.succeeded('a'), event.completed];

  it('reopens a completed run', () => {
    given(completed)
      .when(told({ ...undo, reason: 'wrong tenant' }, facts(one)))
      .then(
        {
          type: 'UndoStarted',
          data: { cause: 'manual', failed: null, steps: ['a'], reason: 'wrong tenant' },
        },
        event.dispatched('a', { ...onUndo, inputs: [{ step: 'a', revision: 2 }] }),
      );
  });

  it('takes a running step for unknown', () => {
    given(atWork)
      .when(told(undo, facts(one)))
      .then(manual('a'), event.dispatched('a', onUndo));
  });

  it('undoes a paused run, which then runs again', () => {
    given(atWork, event.paused())
      .when(told(undo, facts(one)))
      .then(manual('a'), event.dispatched('a', onUndo));
  });

  it('ends at once where there is nothing to undo', () => {
    given(event.started(one), event.workerMissing('a'))
      .when(told(undo, facts(one)))
      .then(manual(), event.undone);
    given(event.started(null), event.awaitingDefinition)
      .when(told(undo, facts(null)))
      .then(manual(), event.undone);
  });

  it('changes nothing where it is under way or done', () => {
    given(atWork, manual('a'), event.dispatched('a', onUndo))
      .when(told(undo, facts(one)))
      .thenNothing();
    given(completed, manual('a'), event.dispatched('a', onUndo), event.succeeded('a', onUndo), event.undone)
      .when(told(undo, facts(one)))
      .thenNothing();
  });

  it('is refused once the run has failed or was cancelled', () => {
    given(atWork, event.failed('a'), event.sagaFailed('a'))
      .when(told(undo, facts(one)))
      .thenRejected('run_ended');
    given(atWork, event.cancelRequested(false), event.cancelled)
      .when(told(undo, facts(one)))
      .thenRejected('run_ended');
  });

  it('retries like a do, on its own count', () => {
    const twice = sequential([step('a', { retry: { maxRetries: 1 } })]);
    const history = [
      event.started(twice),
      event.dispatched('a'),
      event.failed('a'),
      event.retryScheduled('a'),
      event.dispatched('a', { attempt: 2 }),
      event.succeeded('a', { attempt: 2 }),
      event.completed,
      manual('a'),
      event.dispatched('a', onUndo),
    ];
    given(history)
      .when(fail('a', facts(twice), onUndo))
      .then(event.failed('a', onUndo), event.retryScheduled('a', onUndo));
    given(history, event.failed('a', onUndo), event.retryScheduled('a', onUndo))
      .when(told({ type: 'AdvanceSaga' }, facts(twice, { now: NOW + 1000 })))
      .then(
        event.dispatched('a', {
          ...onUndo,
          attempt: 2,
          since: NOW + 1000,
          inputs: [{ step: 'a', revision: 5 }],
        }),
      );
  });
});
