import type { StepAction } from '../names.ts';
import { isOnTimer } from './events.ts';
import type { SagaEvent, TimerEvent } from './events.ts';
import { actionOf } from './state.ts';
import type { ActionRun, SagaRun, SagaState } from './state.ts';
import { timerChange } from './timers.ts';

const untouched: ActionRun = {
  status: 'ready',
  attempt: 0,
  iteration: 0,
  retries: 0,
  answered: 0,
  uncertain: false,
  retryable: false,
  until: null,
  transport: null,
  result: null,
};

const withAction = (
  run: SagaRun,
  { step, action }: { readonly step: string; readonly action: StepAction },
  change: Partial<ActionRun>,
): SagaRun => {
  const before = run.steps.get(step) ?? { do: null, undo: null };
  const changed = { ...(before[action] ?? untouched), ...change };
  return { ...run, steps: new Map(run.steps).set(step, { ...before, [action]: changed }) };
};

/** What becomes of a step's do action when the run turns to undoing, fails or is cancelled. */
const fenced = (action: ActionRun): ActionRun => {
  const until = null;
  if (action.status === 'dispatched') return { ...action, status: 'unknown', uncertain: true, until };
  if (['waiting', 'ready', 'retry', 'lapsed', 'blocked'].includes(action.status))
    return { ...action, status: action.uncertain ? 'unknown' : 'stopped', until };
  return action;
};

const fenceAll = (run: SagaRun): SagaRun => ({
  ...run,
  awaitsDefinition: false,
  paused: null,
  steps: new Map(
    [...run.steps].map(([name, step]) => [name, { ...step, do: step.do === null ? null : fenced(step.do) }]),
  ),
});

const ENDINGS = {
  SagaCompleted: 'COMPLETED',
  SagaFailed: 'FAILED',
  SagaUndone: 'UNDONE',
  SagaCancelled: 'CANCELLED',
} as const;

const resumed = (run: SagaRun, event: Extract<SagaEvent, { type: 'SagaResumed' }>): SagaRun =>
  event.data.timers.reduce<SagaRun>((next, timer) => withAction(next, timer, { until: timer.until }), {
    ...run,
    paused: null,
  });

/** Folds one event. Total over the union; `revision` is the event's place in the stream. */
export const evolve = (state: SagaState, event: SagaEvent, revision: number): SagaState => {
  if (event.type === 'SagaStarted') return started(event, revision);
  if (state.kind === 'absent') return state;
  const after = isOnStep(event) ? evolveStep(state, event, revision) : evolveRun(state, event);
  return { ...after, revision };
};

const started = ({ data }: Extract<SagaEvent, { type: 'SagaStarted' }>, revision: number): SagaRun => ({
  kind: 'run',
  revision,
  orchName: data.orchName,
  definition: data.definition,
  keyId: data.keyId,
  input: data.input,
  awaitsDefinition: false,
  phase: 'do',
  paused: null,
  undo: null,
  undoFailed: false,
  ended: null,
  steps: new Map(),
});

type LaterEvent = Exclude<SagaEvent, { type: 'SagaStarted' }>;
type StepEvent = Extract<SagaEvent, { data: { step: string } }>;

const isOnStep = (event: LaterEvent): event is StepEvent => 'step' in event.data;

const evolveRun = (run: SagaRun, event: Exclude<LaterEvent, StepEvent>): SagaRun => {
  switch (event.type) {
    case 'SagaWaiting':
      return { ...run, awaitsDefinition: true };
    case 'SagaDefinitionPinned':
      return { ...run, awaitsDefinition: false, definition: event.data.definition };
    case 'SagaPaused':
      return { ...run, paused: { timers: event.data.timers, since: event.data.since } };
    case 'SagaResumed':
      return resumed(run, event);
    case 'SagaCancelRequested':
      return run;
    case 'UndoStarted': {
      const { cause, steps } = event.data;
      return { ...fenceAll(run), phase: 'undo', ended: null, undo: { cause, steps } };
    }
    case 'SagaCompleted':
    case 'SagaFailed':
    case 'SagaUndone':
    case 'SagaCancelled':
      return { ...fenceAll(run), ended: ENDINGS[event.type] };
    case 'SagaUndoFailed':
      return { ...run, undoFailed: true };
  }
};

const evolveStep = (run: SagaRun, event: StepEvent, revision: number): SagaRun => {
  const before = actionOf(run, event.data.step, event.data.action) ?? untouched;
  // An undo that failed has nothing in flight: whatever moves a step after it has set it going again.
  const change = isOnTimer(event) ? timerChange(event) : changeOf(before, event, revision);
  return withAction({ ...run, undoFailed: false }, event.data, change);
};

const changeOf = (
  before: ActionRun,
  event: Exclude<StepEvent, TimerEvent>,
  revision: number,
): Partial<ActionRun> => {
  switch (event.type) {
    case 'StepWaiting':
      return { status: 'waiting', until: null };
    case 'StepHealed':
      return { status: 'ready' };
    case 'StepDispatched': {
      const { attempt, iteration, until, transport } = event.data;
      return { status: 'dispatched', attempt, iteration, until, transport };
    }
    case 'StepSucceeded': {
      const { attempt, result } = event.data;
      return { status: 'succeeded', answered: attempt, until: null, result: { revision, sealed: result } };
    }
    case 'StepFailed': {
      const { attempt, retryable } = event.data;
      return { status: 'failed', attempt, answered: attempt, retryable, until: null };
    }
    case 'StepTimedOut': {
      const ran = event.data.kind === 'run';
      return { status: 'timed-out', retryable: ran, until: null, uncertain: before.uncertain || ran };
    }
    case 'StepLapsed':
      return { status: 'lapsed', uncertain: true, until: null };
    case 'StepRetryScheduled':
      return { status: 'retry', until: event.data.until, retries: before.retries + 1 };
    case 'StepBlocked':
      return { status: 'blocked', until: null };
    case 'StepRetryRequested':
      return { status: 'ready', until: null, iteration: event.data.iteration, retries: 0 };
    case 'StepSkipped':
      return { status: 'skipped', until: null };
    case 'StepMarkedDone':
      return { status: 'marked-done', until: null };
  }
};
