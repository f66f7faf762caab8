import { isOnTimer } from '../../src/domain/saga/events.ts';
import type { StepEvent, TimerEvent } from '../../src/domain/saga/events.ts';
import { FAILURES } from './saga-model.ts';
import type { Action, On, SagaModel } from './saga-model.ts';

type DataOf<Type extends StepEvent['type']> = Extract<StepEvent, { type: Type }>['data'];

const LEADS_TO_ATTEMPT = [
  null,
  'StepHealed',
  'StepLapsed',
  'StepTakenBack',
  'StepRetryScheduled',
  'StepRetryRequested',
] as const;

/** What an event on a step may follow, and what it makes of the model. */
export const stepRules = (model: SagaModel) => {
  const { run, must, begin, is, doneAt, defined, isFree, isHeld, mayRetry } = model;

  const attempts = (on: On): Action => {
    must(is(on, ...LEADS_TO_ATTEMPT), 'an attempt follows nothing, a lapse or a retry (I-20)');
    // One that has begun goes on, also where a person has a stuck dependent tried again meanwhile.
    must(!is(on, null) || isFree(on), 'an action starts after all it waits for (I-23)');
    must(on.action === 'do' || run.plan.includes(on.step), 'only what is planned is undone (I-23)');
    must(!is(on, null) || !isHeld(), 'with stop, a stuck undo keeps back what has not started (I-24)');
    return begin(on);
  };

  const dispatch = (data: DataOf<'StepDispatched'>): void => {
    const action = attempts(data);
    must(data.attempt > action.attempt, 'attempts rise');
    must(data.iteration === action.iteration, 'the iteration is what the operator made it');
    must(data.since >= action.due, 'no retry before it is due (I-25)');
    const names = data.action === 'do' ? defined(data.step).dependsOn : [data.step];
    const inputs = names.flatMap((step) => {
      const revision = doneAt(step);
      return revision === null ? [] : [{ step, revision }];
    });
    must(JSON.stringify(data.inputs) === JSON.stringify(inputs), 'inputs are the results it depends on');
    Object.assign(action, { attempt: data.attempt, inFlight: true, due: 0 });
  };

  const outcome = (data: On & { readonly attempt: number }): Action => {
    const action = begin(data);
    const isCurrent = action.inFlight && action.attempt === data.attempt;
    must(isCurrent, 'one outcome per attempt, while in flight (I-20, I-26)');
    action.inFlight = false;
    return action;
  };

  const timeOut = (data: DataOf<'StepTimedOut'>): void => {
    const action = outcome(data);
    action.retryable = data.kind === 'run';
    action.uncertain ||= data.kind === 'run';
  };

  const fail = (data: DataOf<'StepFailed'>): void => {
    if (data.cause === 'answer') {
      const isFatal = data.code !== null && defined(data.step).retry.nonRetryable.includes(data.code);
      must(!data.retryable || !isFatal, 'a code the definition lists is not retried');
      outcome(data).retryable = data.retryable;
      return;
    }
    const action = attempts(data);
    must(data.action === 'do' && defined(data.step).onMissingWorker === 'fail', 'only such a step fails so');
    must(!run.isPaused && data.attempt > action.attempt, 'nothing starts while paused');
    Object.assign(action, { attempt: data.attempt, retryable: data.retryable });
  };

  const retry = (data: DataOf<'StepRetryScheduled'>): void => {
    const action = begin(data);
    const { backoffMs, factor, maxBackoffMs, jitter } = defined(data.step).retry;
    must(is(data, ...FAILURES), 'a retry follows a failure');
    must(mayRetry(data), 'it is worth another attempt, and there is one left');
    must(data.attempt === action.attempt + 1, 'a retry names the attempt it leads to');
    const full = Math.min(maxBackoffMs, backoffMs * factor ** action.retries);
    const wait = (data.until ?? Infinity) - data.since;
    must(wait <= full && wait >= Math.floor(full * (1 - jitter)), 'the back-off is as defined');
    Object.assign(action, { retries: action.retries + 1, due: data.until });
  };

  const requestRetry = (data: DataOf<'StepRetryRequested'>): void => {
    const action = begin(data);
    must(is(data, 'StepBlocked', 'StepRetryScheduled'), 'a person retries what is blocked or backs off');
    const isNew = is(data, 'StepBlocked') && !action.uncertain;
    must(
      data.iteration === action.iteration + (isNew ? 1 : 0),
      'only a definite failure makes a new effect (R-02)',
    );
    Object.assign(action, { iteration: data.iteration, retries: 0, due: 0 });
    run.undoFailed = false;
  };

  const block = (data: DataOf<'StepBlocked'>): void => {
    must(data.action === 'undo' && is(data, ...FAILURES), 'an undo that failed blocks');
    must(!mayRetry(data), 'an undo blocks when its retries are used up (I-24)');
  };

  const decideByHand = (data: On): void => {
    must(is(data, 'StepBlocked'), 'a person decides on what is blocked');
    run.undoFailed = false;
  };

  const moveTimer = ({ type, data }: TimerEvent): void => {
    const isRetry = data.kind === 'retry';
    const action = begin(data);
    must(is(data, isRetry ? 'StepRetryScheduled' : 'StepDispatched'), 'a timer is there to be moved');
    must(data.attempt === action.attempt, 'it is the timer of the latest attempt');
    must(!isRetry || action.due === (type === 'TimerRescheduled' ? data.from : data.due), 'it was due then');
    if (isRetry) action.due = type === 'TimerRescheduled' ? data.until : 0;
  };

  return (event: StepEvent): void => {
    must(event.data.action === run.phase, 'after the turn to undoing no do is heard of (I-22)');
    switch (event.type) {
      case 'StepWaiting':
        attempts(event.data);
        break;
      case 'StepHealed':
        must(is(event.data, 'StepWaiting'), 'what heals has waited');
        break;
      case 'StepDispatched':
        dispatch(event.data);
        break;
      case 'StepSucceeded':
        outcome(event.data).succeededAt = run.revision;
        break;
      case 'StepFailed':
        fail(event.data);
        break;
      case 'StepTimedOut':
        timeOut(event.data);
        break;
      case 'StepLapsed':
        outcome(event.data).uncertain = true;
        break;
      case 'StepTakenBack':
        outcome(event.data);
        break;
      case 'StepRetryScheduled':
        retry(event.data);
        break;
      case 'StepBlocked':
        block(event.data);
        break;
      case 'StepRetryRequested':
        requestRetry(event.data);
        break;
      case 'StepSkipped':
      case 'StepMarkedDone':
        decideByHand(event.data);
        break;
      case 'TimerRescheduled':
      case 'TimerFired':
      case 'TimerCancelled':
        moveTimer(event);
    }
    begin(event.data).last = lastOf(event, begin(event.data).last);
  };
};

/** A timer that was moved leaves its step where it is; a retry that was cancelled leaves it to a person. */
const lastOf = (event: StepEvent, before: Action['last']): Action['last'] => {
  if (!isOnTimer(event)) return event.type;
  return event.type === 'TimerCancelled' && event.data.kind === 'retry' ? 'StepBlocked' : before;
};
