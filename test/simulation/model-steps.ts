/* eslint-disable complexity -- flat lists of rules: the complexity is the number of rules */
import type { StepEvent } from '../../src/domain/saga/events.ts';
import type { ActionModel, ActionName, AttemptOutcome, RunModel } from './model-run.ts';
import { actionIn, isWorthRetrying, needs, stepsOf, whyNotYet } from './model-run.ts';
import { STEP_TABLE } from './model-tables.ts';

/** Throws what it is told with the reason: an invariant does not hold. */
export type Refuse = (why: string) => never;
type Of<Type extends StepEvent['type']> = Extract<StepEvent, { type: Type }>;
export type StepContext = {
  readonly run: RunModel;
  readonly revision: number;
  readonly atMs: number;
  readonly leaseMs: number;
  /** From when on the attempt may count as abandoned, because its worker's connection was cut; Infinity: it was not. */
  readonly abandonedAt: (step: string, action: ActionName, attempt: number) => number;
  /** Whether any service ever registered this step. */
  readonly isServed: (step: string) => boolean;
  /** Whether nobody was registered for this step for the whole of the grace, `since` then or over after it. */
  readonly isDeserted: (step: string, since: number) => boolean;
  readonly refuse: Refuse;
};

/** One event of one step: checks that it may happen here and now, and notes it. */
export const applyStepEvent = (context: StepContext, event: StepEvent): void => {
  const { run, refuse } = context;
  const { step, action } = event.data;
  if (run.phase !== (action === 'do' ? 'doing' : 'undoing')) refuse(`I-22 ${event.type} while ${run.phase}`);
  if (!stepsOf(run).some(({ name }) => name === step)) refuse(`the definition has no step ${step}`);
  const on = actionIn(run, step, action);
  const { from, to } = STEP_TABLE[event.type];
  if (!from.includes(on.place)) refuse(`I-20 ${event.type} on ${action} ${step}, which is ${on.place}`);
  check(context, event, on);
  note(run, event, on);
  on.place = to ?? on.place;
  if (event.type === 'StepDispatched') on.offeredAt = context.atMs;
  if (event.type === 'StepSucceeded') on.succeededAt = context.revision;
};

const check = (context: StepContext, event: StepEvent, on: ActionModel): void => {
  const { refuse } = context;
  switch (event.type) {
    case 'StepDispatched':
      checkDispatch(context, event, on);
      return;
    case 'StepFailed':
      checkFailed(context, event, on);
      return;
    case 'StepSucceeded':
      if (event.data.attempt !== on.attempt) refuse('an answer to an attempt that is not in flight (I-26)');
      return;
    case 'StepTakenBack':
      if (event.data.attempt !== on.attempt) refuse('takes back an attempt that is not in flight');
      if (!context.isDeserted(event.data.step, on.offeredAt)) refuse('takes back what somebody could take');
      return;
    case 'StepTimedOut':
    case 'StepLapsed':
      checkOverdue(context, event, on);
      return;
    case 'StepRetryScheduled':
      checkRetry(context, event, on);
      return;
    case 'StepBlocked':
      if (event.data.action === 'do') refuse('a do is never blocked');
      if (isWorthRetrying(context.run, event.data.step, on)) refuse('I-24 blocked with retries left');
      return;
    case 'StepWaiting':
      checkStart(context, event, on);
      return;
    case 'StepRetryRequested':
      checkIteration(event, on, refuse);
      return;
    case 'TimerRescheduled':
    case 'TimerFired':
    case 'TimerCancelled':
      checkTimer(event, on, refuse);
      return;
    case 'StepHealed':
    case 'StepSkipped':
    case 'StepMarkedDone':
  }
};

/** One that has begun goes on, also where a person has what it waited for tried again meanwhile. */
const checkStart = ({ run, atMs, refuse }: StepContext, { data }: StepEvent, on: ActionModel): void => {
  if (on.place === 'backing-off' && atMs < (on.due ?? 0)) refuse('I-25 a retry before it was due');
  const why = on.place === 'untouched' ? whyNotYet(run, data.step, data.action) : undefined;
  if (why !== undefined) refuse(why);
};

const checkDispatch = (context: StepContext, event: Of<'StepDispatched'>, on: ActionModel): void => {
  const { run, refuse, isServed } = context;
  const { data } = event;
  const { step, action } = data;
  if (data.attempt !== on.attempt + 1) refuse(`attempt ${data.attempt} after ${on.attempt}`);
  if (data.iteration !== on.iteration) refuse(`iteration ${data.iteration} instead of ${on.iteration}`);
  if (!isServed(step)) refuse(`dispatched ${step}, which nobody serves`);
  checkStart(context, event, on);
  const results = (action === 'do' ? needs(run, step) : [step]).flatMap((name) => {
    const { succeededAt } = actionIn(run, name, 'do');
    return succeededAt === null ? [] : [{ step: name, revision: succeededAt }];
  });
  if (JSON.stringify(data.inputs) !== JSON.stringify(results))
    refuse(`${step} gets other results than it needs`);
};

const checkFailed = (context: StepContext, event: Of<'StepFailed'>, on: ActionModel): void => {
  const { run, refuse } = context;
  const { data } = event;
  const defined = stepsOf(run).find(({ name }) => name === data.step);
  if (data.cause === 'answer') {
    if (on.place !== 'in-flight' || data.attempt !== on.attempt)
      refuse('I-26 an answer to no attempt in flight');
    if (data.retryable && data.code !== null && defined?.retry.nonRetryable.includes(data.code))
      refuse(`retries ${data.code}, which its definition says is final`);
    return;
  }
  checkStart(context, event, on);
  if (on.place === 'in-flight' || data.attempt !== on.attempt + 1)
    refuse('no worker for an attempt in flight');
  if (run.isPaused) refuse('no-worker while paused');
  if (defined?.onMissingWorker !== 'fail' || data.action === 'undo') refuse('failed where it should wait');
};

const checkOverdue = (
  { run, atMs, leaseMs, abandonedAt, refuse }: StepContext,
  { type, data }: Of<'StepTimedOut'> | Of<'StepLapsed'>,
  on: ActionModel,
): void => {
  const timeoutMs = stepsOf(run).find(({ name }) => name === data.step)?.timeoutMs ?? Infinity;
  if (data.attempt !== on.attempt) refuse(`${type} of an attempt that is not in flight`);
  if (type === 'StepTimedOut' && data.kind === 'schedule') {
    if (atMs < (on.due ?? Infinity)) refuse('I-25 nobody took it, said too early');
    return;
  }
  if (data.claim === null) refuse(`${type} without a claim: time runs from the claim only`);
  const allowedMs = type === 'StepLapsed' ? leaseMs : timeoutMs;
  const earliest = (data.claim?.at ?? 0) + allowedMs;
  const cutAt = type === 'StepLapsed' ? abandonedAt(data.step, data.action, data.attempt) : Infinity;
  if (atMs < Math.min(earliest, cutAt)) refuse(`I-25 ${type} too early`);
};

const checkRetry = (
  { run, refuse }: StepContext,
  { data }: Of<'StepRetryScheduled'>,
  on: ActionModel,
): void => {
  const retry = stepsOf(run).find(({ name }) => name === data.step)?.retry;
  if (!isWorthRetrying(run, data.step, on)) refuse('a retry too many');
  if (data.attempt !== on.attempt + 1) refuse(`retries attempt ${on.attempt} as ${data.attempt}`);
  const { backoffMs = 0, factor = 1, maxBackoffMs = 0, jitter = 0 } = retry ?? {};
  const longest = Math.min(maxBackoffMs, backoffMs * Math.pow(factor, on.retries));
  const pause = (data.until ?? 0) - data.since;
  if (pause > Math.ceil(longest) || pause < Math.floor(longest * (1 - jitter)))
    refuse(`backs off for ${pause} ms`);
};

const checkIteration = ({ data }: Of<'StepRetryRequested'>, on: ActionModel, refuse: Refuse): void => {
  const raised = on.place === 'blocked' && !on.unsure ? 1 : 0;
  if (data.iteration !== on.iteration + raised)
    refuse(`retried as iteration ${data.iteration} after ${on.iteration}`);
};

type TimerEvent = Of<'TimerRescheduled'> | Of<'TimerFired'> | Of<'TimerCancelled'>;

const checkTimer = ({ type, data }: TimerEvent, on: ActionModel, refuse: Refuse): void => {
  if (data.kind !== (on.place === 'backing-off' ? 'retry' : 'schedule')) refuse(`${type} of another timer`);
  if (data.attempt !== on.attempt) refuse(`${type} of an attempt before`);
  if (on.due !== (type === 'TimerRescheduled' ? data.from : data.due)) refuse(`${type} of a timer not there`);
};

/** Where an action goes, and when it is due, once a person has had its timer. */
const noteTimer = ({ type, data }: TimerEvent, on: ActionModel): void => {
  const isRetry = data.kind === 'retry';
  if (type === 'TimerRescheduled') on.due = data.until;
  else if (type === 'TimerFired') on.due = isRetry ? null : data.at;
  else on.due = null;
  if (isRetry && type === 'TimerFired') on.place = 'ready';
  if (isRetry && type === 'TimerCancelled') on.place = 'blocked';
};

const note = (run: RunModel, event: StepEvent, on: ActionModel): void => {
  switch (event.type) {
    case 'TimerRescheduled':
    case 'TimerFired':
    case 'TimerCancelled':
      noteTimer(event, on);
      return;
    case 'StepDispatched':
      on.attempt = event.data.attempt;
      on.due = event.data.until;
      return;
    case 'StepSucceeded':
      outcome(on, event.data.attempt, 'SUCCESS');
      return;
    case 'StepFailed':
      on.attempt = event.data.attempt;
      on.mayRetry = event.data.retryable;
      outcome(on, event.data.attempt, 'FAILED');
      return;
    case 'StepTimedOut':
      on.mayRetry = event.data.kind === 'run';
      on.unsure ||= event.data.kind === 'run';
      outcome(on, event.data.attempt, 'timed-out');
      return;
    case 'StepLapsed':
      on.unsure = true;
      outcome(on, event.data.attempt, 'lapsed');
      return;
    case 'StepTakenBack':
      outcome(on, event.data.attempt, 'taken-back');
      return;
    case 'StepRetryScheduled':
      on.retries += 1;
      on.due = event.data.until;
      return;
    case 'StepRetryRequested':
      on.iteration = event.data.iteration;
      on.retries = 0;
      run.isStuck = false;
      return;
    case 'StepSkipped':
    case 'StepMarkedDone':
      run.isStuck = false;
      return;
    case 'StepWaiting':
    case 'StepHealed':
    case 'StepBlocked':
      on.due = null;
  }
};

const outcome = (on: ActionModel, attempt: number, kind: AttemptOutcome): void => {
  on.outcomes.set(attempt, kind);
};
