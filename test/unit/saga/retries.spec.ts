import { describe, it } from 'vitest';
import { sagaDecider } from '../../../src/domain/saga/decide.ts';
import type { StepDefinition } from '../../../src/domain/orchestration/events.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import {
  CLAIM,
  ERROR,
  fail,
  facts,
  lapse,
  NOW,
  sequential,
  step,
  succeed,
  told,
} from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const given = deciderSpec(sagaDecider);
const advance = { type: 'AdvanceSaga' } as const;
const withRetry = (retry: Partial<StepDefinition['retry']>) => sequential([step('a', { retry })]);

const definition = withRetry({ maxRetries: 2 });
const known = facts(definition);
const running = [event.started(definition), event.dispatched('a')];
const backingOff = [...running, event.failed('a'), event.retryScheduled('a')];

describe('a retryable failure', () => {
  it('schedules the next attempt after the back-off', () => {
    given(running)
      .when(fail('a', known))
      .then(
        {
          type: 'StepFailed',
          data: {
            step: 'a',
            action: 'do',
            attempt: 1,
            cause: 'answer',
            retryable: true,
            code: 'oops',
            error: ERROR,
            claim: CLAIM,
          },
        },
        {
          type: 'StepRetryScheduled',
          data: {
            step: 'a',
            action: 'do',
            attempt: 2,
            reason: 'retry-backoff',
            since: NOW,
            until: NOW + 1000,
            next: 'retry',
          },
        },
      );
  });

  it('is tried again when the time has come, and not before', () => {
    given(backingOff)
      .when(told(advance, { ...known, now: NOW + 999 }))
      .thenNothing();
    given(backingOff)
      .when(told(advance, { ...known, now: NOW + 1000 }))
      .then(event.dispatched('a', { attempt: 2, since: NOW + 1000 }));
  });

  it('completes the run when a later attempt succeeds', () => {
    given(backingOff, event.dispatched('a', { attempt: 2 }))
      .when(succeed('a', known, { attempt: 2 }))
      .then(event.succeeded('a', { attempt: 2 }), event.completed);
  });

  it('is final once the retries are used up', () => {
    given(
      backingOff,
      event.dispatched('a', { attempt: 2 }),
      event.failed('a', { attempt: 2 }),
      event.retryScheduled('a', { attempt: 3 }),
      event.dispatched('a', { attempt: 3 }),
    )
      .when(fail('a', known))
      .then(event.failed('a', { attempt: 3 }), event.sagaFailed('a'));
  });

  it('goes out again at once without a back-off', () => {
    const eager = withRetry({ maxRetries: 1, backoffMs: 0 });
    given(event.started(eager), event.dispatched('a'))
      .when(fail('a', facts(eager)))
      .then(
        event.failed('a'),
        event.retryScheduled('a', { until: NOW }),
        event.dispatched('a', { attempt: 2 }),
      );
  });

  it('is tried again at once when a person asks for it', () => {
    given(backingOff)
      .when(told({ type: 'RetryStep', step: 'a', reason: 'fixed' }, known))
      .then(event.retryRequested('a', { action: 'do', iteration: 0 }), event.dispatched('a', { attempt: 2 }));
  });
});

describe('a failure that is not worth another attempt', () => {
  it('is final where the worker says so', () => {
    given(running)
      .when(fail('a', known, { retryable: false }))
      .then(event.failed('a', { retryable: false }), event.sagaFailed('a'));
  });

  it('is final where the definition lists its code', () => {
    const strict = withRetry({ maxRetries: 2, nonRetryable: ['invalid', 'oops'] });
    given(event.started(strict), event.dispatched('a'))
      .when(fail('a', facts(strict), { code: 'oops' }))
      .then(event.failed('a', { retryable: false }), event.sagaFailed('a'));
    given(event.started(strict), event.dispatched('a'))
      .when(fail('a', facts(strict), { code: 'other' }))
      .then(event.failed('a', { code: 'other' }), event.retryScheduled('a'));
    given(event.started(strict), event.dispatched('a'))
      .when(fail('a', facts(strict), { code: null }))
      .then(event.failed('a', { code: null }), event.retryScheduled('a'));
  });
});

describe('the back-off', () => {
  const third = [
    event.dispatched('a'),
    event.failed('a'),
    event.retryScheduled('a'),
    event.dispatched('a', { attempt: 2 }),
    event.failed('a', { attempt: 2 }),
    event.retryScheduled('a', { attempt: 3 }),
    event.dispatched('a', { attempt: 3 }),
  ];
  const waits = (retry: Partial<StepDefinition['retry']>, random: number, waitMs: number) => {
    const content = withRetry({ maxRetries: 10, ...retry });
    given(event.started(content), third)
      .when(fail('a', facts(content, { random })))
      .then(
        event.failed('a', { attempt: 3 }),
        event.retryScheduled('a', { attempt: 4, until: NOW + waitMs }),
      );
  };

  it('grows by its factor', () => {
    waits({ factor: 3 }, 0.5, 9000);
  });

  it('never exceeds its cap', () => {
    waits({ factor: 3, maxBackoffMs: 4000 }, 0.5, 4000);
  });

  it('is shortened by chance, as far as jitter says', () => {
    waits({ jitter: 0.5 }, 0, 1000);
    waits({ jitter: 0.5 }, 0.5, 750);
    waits({ jitter: 0.2 }, 0.999, 800);
  });

  it('stays whole milliseconds', () => {
    waits({ backoffMs: 333, factor: 1.5, jitter: 0.1 }, 0.3, 727);
  });

  it('stays none after hundreds of attempts, however fast it would grow', () => {
    const content = withRetry({ maxRetries: 1000, backoffMs: 0, factor: 100, maxBackoffMs: 60_000 });
    const attempts = Array.from({ length: 200 }, (_, index) => index + 1).flatMap((attempt) => [
      event.dispatched('a', { attempt }),
      event.failed('a', { attempt }),
      event.retryScheduled('a', { attempt: attempt + 1, until: NOW }),
    ]);
    given(event.started(content), attempts, event.dispatched('a', { attempt: 201 }))
      .when(fail('a', facts(content)))
      .then(
        event.failed('a', { attempt: 201 }),
        event.retryScheduled('a', { attempt: 202, until: NOW }),
        event.dispatched('a', { attempt: 202 }),
      );
  });
});

describe('a lapsed lease', () => {
  it('makes the next attempt at once without using up a retry', () => {
    given(running)
      .when(lapse('a', known))
      .then(
        {
          type: 'StepLapsed',
          data: { step: 'a', action: 'do', attempt: 1, claim: { by: 'a-service', at: NOW - 5 } },
        },
        event.dispatched('a', { attempt: 2 }),
      );
    const once = withRetry({ maxRetries: 1 });
    given(
      event.started(once),
      event.dispatched('a'),
      event.lapsed('a'),
      event.dispatched('a', { attempt: 2 }),
    )
      .when(fail('a', facts(once)))
      .then(event.failed('a', { attempt: 2 }), event.retryScheduled('a', { attempt: 3 }));
  });

  it('leaves the outcome unknown: a later failure is undone too', () => {
    given(running, event.lapsed('a'), event.dispatched('a', { attempt: 2 }))
      .when(fail('a', known, { retryable: false }))
      .then(
        event.failed('a', { attempt: 2, retryable: false }),
        event.undoStarted(['a'], { failed: 'a' }),
        event.dispatched('a', { action: 'undo' }),
      );
  });
});
