import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  facts,
  NOBODY,
  NOW,
  sequential,
  servedBy,
  simultaneous,
  start,
  step,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const advance = { type: 'AdvanceSaga' } as const;
const pause = { type: 'PauseSaga', timers: 'keep-due', reason: null } as const;
const resume = { type: 'ResumeSaga', reason: null } as const;
const definition = sequential([step('a', { retry: { maxRetries: 1 }, scheduleTimeoutMs: 5000 })]);
const known = facts(definition);
const started = event.started(definition);
const dispatched = event.dispatched('a', { until: NOW + 5000 });
const backingOff = [started, dispatched, event.failed('a'), event.retryScheduled('a')];

describe('pausing', () => {
  it('says since when, how timers go on, and why', () => {
    given(started, dispatched)
      .when(told({ type: 'PauseSaga', timers: 'keep-remaining', reason: 'maintenance' }, known))
      .then({ type: 'SagaPaused', data: { timers: 'keep-remaining', since: NOW, reason: 'maintenance' } });
  });

  it('changes nothing twice', () => {
    given(started, dispatched, event.paused())
      .when(told({ ...pause, timers: 'keep-remaining' }, known))
      .thenNothing();
  });

  it('is refused once the run has ended', () => {
    given(started, dispatched, event.succeeded('a'), event.completed)
      .when(told(pause, known))
      .thenRejected('run_ended');
  });
});

describe('a paused run', () => {
  it('starts nothing', () => {
    given(started, event.workerMissing('a'), event.paused()).when(told(advance, known)).thenNothing();
    given(event.started(null), event.awaitingDefinition, event.paused())
      .when(told(advance, known))
      .thenNothing();
    given(backingOff, event.paused())
      .when(told(advance, { ...known, now: NOW + 60_000 }))
      .thenNothing();
  });

  it('takes no operator command on its steps', () => {
    const isPaused = [...backingOff, event.paused()];
    for (const type of ['RetryStep', 'SkipStep', 'CompleteStep'] as const)
      given(isPaused)
        .when(told({ type, step: 'a', reason: 'now' }, known))
        .thenRejected('run_paused');
  });
});

describe('resuming', () => {
  it('goes on with what became possible', () => {
    given(started, event.workerMissing('a'), event.paused())
      .when(told(resume, known))
      .then(event.resumed(), event.healed('a'), dispatched);
  });

  it('keeps the due times where the pause said so', () => {
    given(backingOff, event.paused({ since: NOW + 400 }))
      .when(told(resume, { ...known, now: NOW + 900 }))
      .then(event.resumed([{ step: 'a', action: 'do', until: NOW + 1000 }]));
  });

  it('tries again at once where the due time has passed meanwhile', () => {
    given(backingOff, event.paused({ since: NOW + 400 }))
      .when(told(resume, { ...known, now: NOW + 2000 }))
      .then(
        event.resumed([{ step: 'a', action: 'do', until: NOW + 1000 }]),
        event.dispatched('a', { attempt: 2, since: NOW + 2000, until: NOW + 7000 }),
      );
  });

  it('keeps the remaining times where the pause said so', () => {
    given(backingOff, event.paused({ timers: 'keep-remaining', since: NOW + 400 }))
      .when(told(resume, { ...known, now: NOW + 2000 }))
      .then(event.resumed([{ step: 'a', action: 'do', until: NOW + 2600 }]));
  });

  it('does not shorten a time where the clock has gone back', () => {
    given(backingOff, event.paused({ timers: 'keep-remaining', since: NOW + 400 }))
      .when(told(resume, known))
      .then(event.resumed([{ step: 'a', action: 'do', until: NOW + 1000 }]));
  });

  it('arms the timer of every step that has one', () => {
    const two = simultaneous([step('a', { scheduleTimeoutMs: 500 }), step('b')]);
    const running = [event.started(two), event.dispatched('a', { until: NOW + 500 }), event.dispatched('b')];
    given(running, event.paused({ timers: 'keep-remaining' }))
      .when(told({ ...resume, reason: 'go' }, { ...facts(two), now: NOW + 100 }))
      .then({
        type: 'SagaResumed',
        data: { timers: [{ step: 'a', action: 'do', until: NOW + 600 }], reason: 'go' },
      });
  });

  it('takes the timers as they were armed', () => {
    const again = event.resumed([{ step: 'a', action: 'do', until: NOW + 2600 }]);
    given(backingOff, event.paused(), again)
      .when(told(advance, { ...known, now: NOW + 2599 }))
      .thenNothing();
    given(backingOff, event.paused(), again)
      .when(told(advance, { ...known, now: NOW + 2600 }))
      .then(event.dispatched('a', { attempt: 2, since: NOW + 2600, until: NOW + 7600 }));
  });

  it('changes nothing in a run that is not paused', () => {
    given(started, dispatched).when(told(resume, known)).thenNothing();
  });

  it('is refused once the run has ended', () => {
    given(started, dispatched, event.succeeded('a'), event.completed)
      .when(told(resume, known))
      .thenRejected('run_ended');
  });

  it('waits for a definition it still lacks', () => {
    given(event.started(null), event.awaitingDefinition, event.paused())
      .when(told(resume, facts(null)))
      .then(event.resumed());
  });

  it('waits for a worker it still lacks', () => {
    given()
      .when(start({ ...known, workers: NOBODY }))
      .then(started, event.workerMissing('a'));
    given(started, event.workerMissing('a'), event.paused())
      .when(told(resume, { ...known, workers: servedBy(['other']) }))
      .then(event.resumed());
  });
});

describe('pausing an undo', () => {
  const undoing = [started, dispatched, event.undoStarted(['a'], { cause: 'manual' })];

  it('keeps the answer and ends the run on resume', () => {
    given(
      undoing,
      event.dispatched('a', { action: 'undo' }),
      event.paused(),
      event.succeeded('a', { action: 'undo' }),
    )
      .when(told(resume, known))
      .then(event.resumed(), event.undone);
  });
});
