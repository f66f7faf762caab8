import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import { ERROR, fail, facts, NOW, sequential, step, succeed, timeOut } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const definition = sequential([step('a', { retry: { maxRetries: 1 } }), step('b')]);
const known = facts(definition);
const started = event.started(definition);
const running = [started, event.dispatched('a')];
const secondAttempt = [
  ...running,
  event.failed('a'),
  event.retryScheduled('a'),
  event.dispatched('a', { attempt: 2 }),
];
const inB = [...running, event.succeeded('a'), event.dispatched('b')];

describe('an answer', () => {
  it('without an attempt counts for the current one', () => {
    given(secondAttempt)
      .when(succeed('a', known))
      .then(
        event.succeeded('a', { attempt: 2 }),
        event.dispatched('b', { inputs: [{ step: 'a', revision: 5 }] }),
      );
  });

  it('for the attempt in flight counts', () => {
    given(secondAttempt)
      .when(fail('a', known, { attempt: 2 }))
      .then(event.failed('a', { attempt: 2 }), event.sagaFailed('a'));
  });

  it('for the attempt answered last changes nothing, whatever it says', () => {
    given(secondAttempt)
      .when(fail('a', known, { attempt: 1 }))
      .thenNothing();
    given(secondAttempt)
      .when(succeed('a', known, { attempt: 1 }))
      .thenNothing();
    given(inB).when(fail('a', known)).thenNothing();
  });

  it('for an attempt that was never handed out is late', () => {
    given(running)
      .when(succeed('a', known, { attempt: 7 }))
      .thenRejected('late_answer');
    given(inB)
      .when(succeed('a', known, { attempt: 7 }))
      .thenRejected('late_answer');
  });

  it('for an attempt that lapsed is late', () => {
    given(running, event.lapsed('a'), event.dispatched('a', { attempt: 2 }))
      .when(succeed('a', known, { attempt: 1 }))
      .thenRejected('late_answer');
  });

  it('for an attempt that timed out is late', () => {
    given(running, event.timedOut('a'), event.retryScheduled('a'))
      .when(succeed('a', known, { attempt: 1 }))
      .thenRejected('late_answer');
  });

  it('for an attempt fenced by the undo is late', () => {
    given(running, event.undoStarted(['a'], { cause: 'manual' }), event.dispatched('a', { action: 'undo' }))
      .when(succeed('a', known))
      .thenRejected('late_answer');
  });

  it('to a cancelled run is late', () => {
    given(running, event.cancelRequested(false), event.cancelled)
      .when(succeed('a', known))
      .thenRejected('late_answer');
  });

  it('repeated to a completed run changes nothing', () => {
    given(inB, event.succeeded('b'), event.completed)
      .when(succeed('b', known, { attempt: 1 }))
      .thenNothing();
  });

  it('for a step that was not dispatched is refused', () => {
    given(running).when(succeed('b', known)).thenRejected('unknown_step');
    given(running).when(succeed('elsewhere', known)).thenRejected('unknown_step');
    given(running)
      .when(succeed('a', known, { action: 'undo' }))
      .thenRejected('unknown_step');
  });
});

describe('an answer while the run is paused', () => {
  const paused = [...running, event.paused()];

  it('is kept and leads to nothing yet', () => {
    given(paused).when(succeed('a', known)).then(event.succeeded('a'));
    given(paused).when(fail('a', known)).then(event.failed('a'));
  });

  it('is acted upon when the run resumes', () => {
    given(paused, event.succeeded('a'))
      .when({ type: 'ResumeSaga', reason: null, facts: known })
      .then(event.resumed(), event.dispatched('b', { inputs: [{ step: 'a', revision: 3 }] }));
    given(paused, event.failed('a'))
      .when({ type: 'ResumeSaga', reason: null, facts: { ...known, now: NOW + 500 } })
      .then(event.resumed(), event.retryScheduled('a', { since: NOW + 500, until: NOW + 1500 }));
  });
});

describe('a run time that is up', () => {
  it('leaves the outcome unknown and is retried', () => {
    given(running)
      .when(timeOut('a', known))
      .then(
        {
          type: 'StepTimedOut',
          data: {
            step: 'a',
            action: 'do',
            attempt: 1,
            kind: 'run',
            claim: { by: 'a-service', at: NOW - 5 },
          },
        },
        event.retryScheduled('a'),
      );
  });

  it('is undone once the retries are used up', () => {
    given(running, event.timedOut('a'), event.retryScheduled('a'), event.dispatched('a', { attempt: 2 }))
      .when(timeOut('a', known, { attempt: 2 }))
      .then(
        event.timedOut('a', { attempt: 2 }),
        event.undoStarted(['a'], { failed: 'a' }),
        event.dispatched('a', { action: 'undo' }),
      );
  });
});

describe('an attempt that nobody claimed in time', () => {
  it('fails for good and has nothing to undo', () => {
    given(running)
      .when({ ...timeOut('a', known, { kind: 'schedule' }), claim: null })
      .then(event.timedOut('a', { kind: 'schedule', claim: null }), event.sagaFailed('a'));
  });
});

describe('time', () => {
  it('is not up for an attempt that is not in flight', () => {
    given(secondAttempt)
      .when(timeOut('a', known, { attempt: 1 }))
      .thenRejected('stale_attempt');
    given(inB).when(timeOut('a', known)).thenRejected('stale_attempt');
    given(inB)
      .when({ type: 'LapseStep', step: 'a', action: 'do', attempt: 1, claim: null, facts: known })
      .thenRejected('stale_attempt');
  });

  it('is not up for a step that was not dispatched', () => {
    given(running).when(timeOut('b', known)).thenRejected('unknown_step');
  });

  it('stands still while the run is paused', () => {
    given(running, event.paused()).when(timeOut('a', known)).thenRejected('run_paused');
    given(running, event.paused())
      .when({ type: 'LapseStep', step: 'a', action: 'do', attempt: 1, claim: null, facts: known })
      .thenRejected('run_paused');
  });
});

describe('an error text', () => {
  it('is kept sealed, as it came', () => {
    given(inB)
      .when(fail('b', known, { code: null }))
      .then(
        event.failed('b', { code: null, error: ERROR }),
        event.undoStarted(['a'], { failed: 'b' }),
        event.dispatched('a', { action: 'undo', inputs: [{ step: 'a', revision: 2 }] }),
      );
  });
});
