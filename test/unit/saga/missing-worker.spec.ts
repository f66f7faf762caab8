import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  facts,
  NOBODY,
  NOW,
  sequential,
  servedBy,
  start,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const definition = sequential([step('a'), step('b', { onMissingWorker: 'fail' })]);
const known = facts(definition);
const nobody = facts(definition, { workers: NOBODY });
const started = event.started(definition);
const advance = { type: 'AdvanceSaga' } as const;

describe('a step that waits for a worker', () => {
  it('says so once, with its reason', () => {
    given()
      .when(start(nobody))
      .then(started, {
        type: 'StepWaiting',
        data: {
          orchName: 'tenant',
          step: 'a',
          action: 'do',
          reason: 'worker-missing',
          since: NOW,
          until: null,
          next: 'registration',
        },
      });
    given(started, event.workerMissing('a')).when(told(advance, nobody)).thenNothing();
  });

  it('goes on by itself when one has registered', () => {
    given(started, event.workerMissing('a'))
      .when(told(advance, { ...nobody, workers: servedBy(['a']) }))
      .then(
        { type: 'StepHealed', data: { orchName: 'tenant', step: 'a', action: 'do', service: 'a-service' } },
        event.dispatched('a'),
      );
  });

  it('is not healed by a worker of another step', () => {
    given(started, event.workerMissing('a'))
      .when(told(advance, { ...nobody, workers: servedBy(['b']) }))
      .thenNothing();
  });

  it('takes no answer, for nothing was handed out', () => {
    given(started, event.workerMissing('a')).when(succeed('a', nobody)).thenRejected('late_answer');
  });

  it('waits again where the worker has gone before the next attempt', () => {
    given(started, event.dispatched('a'))
      .when(told({ type: 'LapseStep', step: 'a', action: 'do', attempt: 1, claim: null }, nobody))
      .then(event.lapsed('a', { claim: null }), event.workerMissing('a'));
    given(started, event.dispatched('a'), event.lapsed('a'), event.workerMissing('a'))
      .when(told(advance, known))
      .then(event.healed('a'), event.dispatched('a', { attempt: 2 }));
  });
});

describe('a step that fails without a worker', () => {
  it('ends the run where nothing was done', () => {
    const alone = sequential([step('b', { onMissingWorker: 'fail' })]);
    given()
      .when(start(facts(alone, { workers: NOBODY })))
      .then(event.started(alone), event.noWorker('b'), event.sagaFailed('b'));
  });

  it('undoes what was done', () => {
    given(started, event.dispatched('a'))
      .when(succeed('a', { ...known, workers: servedBy(['a']) }))
      .then(
        event.succeeded('a'),
        {
          type: 'StepFailed',
          data: {
            step: 'b',
            action: 'do',
            attempt: 1,
            cause: 'no-worker',
            retryable: false,
            code: 'no_worker',
            error: null,
            claim: null,
          },
        },
        event.undoStarted(['a'], { failed: 'b' }),
        event.dispatched('a', { action: 'undo', inputs: [{ step: 'a', revision: 2 }] }),
      );
  });
});

describe('an undo without a worker', () => {
  const fails = sequential([step('a', { onMissingWorker: 'fail' })]);
  const done = [event.started(fails), event.dispatched('a'), event.succeeded('a'), event.completed];
  const undo = { type: 'UndoSaga', reason: null } as const;
  const manual = event.undoStarted(['a'], { cause: 'manual' });

  it('waits, even where the do would have failed', () => {
    given(done)
      .when(told(undo, facts(fails, { workers: NOBODY })))
      .then(manual, event.workerMissing('a', { action: 'undo' }));
  });

  it('goes on when a worker has registered', () => {
    given(done, manual, event.workerMissing('a', { action: 'undo' }))
      .when(told(advance, facts(fails)))
      .then(
        event.healed('a', { action: 'undo' }),
        event.dispatched('a', { action: 'undo', inputs: [{ step: 'a', revision: 2 }] }),
      );
  });
});
