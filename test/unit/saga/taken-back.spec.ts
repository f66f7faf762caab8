import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  fail,
  facts,
  graph,
  NOBODY,
  NOW,
  sequential,
  servedBy,
  step,
  succeed,
  takeBack,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const waits = sequential([step('a', { retry: { maxRetries: 1 }, scheduleTimeoutMs: 5000 })]);
const nobody = facts(waits, { workers: NOBODY });
const until = NOW + 5000;
const offered = [event.started(waits), event.dispatched('a', { until })] as const;
const left = [...offered, event.takenBack('a'), event.workerMissing('a')] as const;

describe('a task on offer that nobody is left to take', () => {
  it('is taken back, and its step waits as if it had never been handed out', () => {
    given(offered).when(takeBack('a', nobody)).then(event.takenBack('a'), event.workerMissing('a'));
  });

  it('has the next attempt when a worker registers, with all its time on offer again', () => {
    given(left)
      .when(told({ type: 'AdvanceSaga' }, facts(waits)))
      .then(event.healed('a'), event.dispatched('a', { attempt: 2, until }));
  });

  it('has used up no retry', () => {
    given(left, event.healed('a'), event.dispatched('a', { attempt: 2, until }))
      .when(fail('a', facts(waits), { attempt: 2 }))
      .then(event.failed('a', { attempt: 2 }), event.retryScheduled('a', { attempt: 3 }));
  });

  it('has no deadline any more', () => {
    given(left)
      .when(told({ type: 'AdvanceSaga' }, { ...nobody, now: until + 1 }))
      .thenNothing();
  });

  it('is handed out at once where somebody has come meanwhile, whichever way they work', () => {
    const workers = new Map([['a', [{ service: 'a-service', transport: 'kafka' as const }]]]);
    given(offered)
      .when(takeBack('a', facts(waits, { workers })))
      .then(event.takenBack('a'), event.dispatched('a', { attempt: 2, transport: 'kafka', until }));
  });

  it('takes no answer to the attempt that was taken back', () => {
    for (const attempt of [1, null])
      given(left)
        .when(succeed('a', nobody, { attempt }))
        .thenRejected('late_answer');
    given(left, event.healed('a'), event.dispatched('a', { attempt: 2 }))
      .when(succeed('a', facts(waits), { attempt: 1 }))
      .thenRejected('late_answer');
  });
});

describe('a task on offer of a step that fails without a worker', () => {
  const fails = sequential([step('a'), step('b', { onMissingWorker: 'fail' })]);
  const known = facts(fails, { workers: servedBy(['a']) });
  const done = [event.started(fails), event.dispatched('a'), event.succeeded('a')] as const;
  const dispatchedB = event.dispatched('b', { inputs: [{ step: 'a', revision: 2 }] });
  const undoA = event.dispatched('a', { action: 'undo', inputs: [{ step: 'a', revision: 2 }] });

  it('fails it, and what was done is undone', () => {
    given(done, dispatchedB)
      .when(takeBack('b', known))
      .then(
        event.takenBack('b'),
        event.noWorker('b', { attempt: 2 }),
        event.undoStarted(['a'], { failed: 'b' }),
        undoA,
      );
  });

  it('undoes it too where an attempt before may have had its effect', () => {
    given(done, dispatchedB, event.lapsed('b'), event.dispatched('b', { attempt: 2 }))
      .when(takeBack('b', known, { attempt: 2 }))
      .then(
        event.takenBack('b', { attempt: 2 }),
        event.noWorker('b', { attempt: 3 }),
        event.undoStarted(['b', 'a'], { failed: 'b' }),
        event.workerMissing('b', { action: 'undo' }),
      );
  });

  it('fails the run where there is nothing to undo', () => {
    const alone = sequential([step('b', { onMissingWorker: 'fail' })]);
    given(event.started(alone), event.dispatched('b'))
      .when(takeBack('b', facts(alone, { workers: NOBODY })))
      .then(event.takenBack('b'), event.noWorker('b', { attempt: 2 }), event.sagaFailed('b'));
  });

  it('waits where it is an undo', () => {
    const alone = sequential([step('a', { onMissingWorker: 'fail' })]);
    const on = { action: 'undo' } as const;
    const undone = [event.started(alone), event.dispatched('a'), event.succeeded('a'), event.completed];
    const undo = event.dispatched('a', { ...on, inputs: [{ step: 'a', revision: 2 }] });
    given(undone, event.undoStarted(['a'], { cause: 'manual' }), undo)
      .when(takeBack('a', facts(alone, { workers: NOBODY }), on))
      .then(event.takenBack('a', on), event.workerMissing('a', on));
  });
});

describe('taking back a task', () => {
  it('leaves the other steps alone', () => {
    const both = graph([step('a'), step('b')]);
    given(event.started(both), event.dispatched('a'), event.dispatched('b'))
      .when(takeBack('b', facts(both, { workers: servedBy(['a']) })))
      .then(event.takenBack('b'), event.workerMissing('b'));
  });

  it('is refused where the attempt is not in flight', () => {
    given(event.started(waits)).when(takeBack('a', nobody)).thenRejected('unknown_step');
    given(offered)
      .when(takeBack('a', nobody, { attempt: 2 }))
      .thenRejected('stale_attempt');
    given(left).when(takeBack('a', nobody)).thenRejected('stale_attempt');
    given(offered, event.succeeded('a'), event.completed)
      .when(takeBack('a', nobody))
      .thenRejected('stale_attempt');
  });

  it('is refused while the run is paused', () => {
    given(offered, event.paused()).when(takeBack('a', nobody)).thenRejected('run_paused');
  });
});
