import type { OnAction } from '../../domain/names.ts';
import { isOnTimer } from '../../domain/saga/events.ts';
import type { SagaEvent, StepEvent, TimerEvent } from '../../domain/saga/events.ts';
import type { ActionDocument, ActionWaiting, StepDocument } from './read-model.ts';
import { timeText } from './time-text.ts';
import { timerChange } from './timers.ts';

type Steps = readonly StepDocument[];
type Change = Partial<ActionDocument>;

/** The steps after an event on one of them; `at` is when the event was recorded. */
export const stepsAfter = (steps: Steps, event: StepEvent, at: string): Steps =>
  changed(steps, event.data, (before) =>
    isOnTimer(event) ? timerChange(event, before) : changeOf(before, event, at),
  );

/** Timers armed again after a pause. */
export const rearmed = (steps: Steps, { until, ...on }: OnAction & { readonly until: number }): Steps =>
  changed(steps, on, ({ waiting }) => ({
    waiting: waiting === null ? null : { ...waiting, until: timeText(until) },
  }));

/** The steps of a run that turned to undoing or ended: no do action is open any more. */
export const fenced = (steps: Steps, at: string): Steps =>
  steps.map((step) => ({ ...step, do: step.do === null ? null : fencedAction(step.do, at) }));

export const waitingOf = ({
  reason,
  since,
  until,
  next,
}: Extract<SagaEvent, { data: { next: string } }>['data']): ActionWaiting => ({
  next,
  reason,
  since: timeText(since),
  until: until === null ? null : timeText(until),
});

// In order, as canonical JSON has its members: so are what is made of it.
const untouched: ActionDocument = {
  attempt: 0,
  endedAt: null,
  error: null,
  errorCode: null,
  iteration: 0,
  result: null,
  startedAt: null,
  status: 'WAITING',
  uncertain: false,
  waiting: null,
  worker: null,
};

const changed = (
  steps: Steps,
  { step, action }: OnAction,
  change: (before: ActionDocument) => Change,
): Steps => {
  const at = steps.findIndex(({ name }) => name === step);
  const found = steps[at] ?? { do: null, name: step, undo: null };
  const before = found[action] ?? untouched;
  const after = { ...before, ...change(before) };
  const stepAfter = action === 'do' ? { ...found, do: after } : { ...found, undo: after };
  return at === -1 ? [...steps, stepAfter] : steps.with(at, stepAfter);
};

const changeOf = (before: ActionDocument, event: Exclude<StepEvent, TimerEvent>, at: string): Change => {
  switch (event.type) {
    case 'StepWaiting':
      return { status: 'WAITING', waiting: waitingOf(event.data), endedAt: null };
    case 'StepHealed':
      return { waiting: null };
    case 'StepDispatched':
      return dispatched(before, event.data, at);
    case 'StepSucceeded': {
      const { claim, result } = event.data;
      return { ...over('SUCCEEDED', at), worker: claim?.by ?? null, errorCode: null, error: null, result };
    }
    case 'StepFailed': {
      const { attempt, claim, code, error } = event.data;
      return { ...over('FAILED', at), attempt, worker: claim?.by ?? null, errorCode: code, error };
    }
    case 'StepTimedOut':
      return timedOut(event.data, at);
    case 'StepLapsed':
      return { ...over('UNKNOWN', at), worker: event.data.claim?.by ?? null, uncertain: true };
    case 'StepTakenBack':
      return { status: 'WAITING', waiting: null, endedAt: null };
    case 'StepRetryScheduled':
      return { status: 'RETRYING', waiting: waitingOf(event.data), endedAt: null };
    case 'StepBlocked':
      return { status: 'BLOCKED', waiting: waitingOf(event.data), endedAt: null };
    case 'StepRetryRequested':
      return { status: 'WAITING', iteration: event.data.iteration, waiting: null, endedAt: null };
    case 'StepSkipped':
      return over('SKIPPED', at);
    case 'StepMarkedDone':
      return over('MARKED_DONE', at);
  }
};

const over = (status: ActionDocument['status'], at: string) =>
  ({ status, waiting: null, endedAt: at }) as const;

type DataOf<Type extends StepEvent['type']> = Extract<StepEvent, { type: Type }>['data'];

/** The error of the attempt before stays until this one has an outcome: it says why there is another. */
const dispatched = (before: ActionDocument, data: DataOf<'StepDispatched'>, at: string): Change => ({
  status: 'DISPATCHED',
  attempt: data.attempt,
  iteration: data.iteration,
  startedAt: before.startedAt ?? at,
  endedAt: null,
  worker: null,
  waiting: waitingOf(data),
});

/** A claimed attempt may have had its effect; one that nobody claimed has not. */
const timedOut = ({ kind, claim }: DataOf<'StepTimedOut'>, at: string): Change => {
  const worker = claim?.by ?? null;
  if (kind === 'schedule')
    return { ...over('FAILED', at), worker, errorCode: 'schedule_timeout', error: null };
  return { ...over('UNKNOWN', at), worker, errorCode: 'timeout', error: null, uncertain: true };
};

const STOPPABLE = new Set<ActionDocument['status']>(['WAITING', 'RETRYING', 'BLOCKED']);

const fencedAction = (action: ActionDocument, at: string): ActionDocument | null => {
  if (action.status === 'DISPATCHED') return { ...action, ...over('UNKNOWN', at), uncertain: true };
  if (!STOPPABLE.has(action.status)) return action;
  if (action.uncertain) return { ...action, ...over('UNKNOWN', at) };
  // One that was never tried reads as never begun, one that was tried as failed.
  return action.attempt === 0 ? null : { ...action, ...over('FAILED', at) };
};
