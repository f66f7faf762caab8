import type { OnAction } from '../names.ts';
import { isOnStep, isOnTimer } from './events.ts';
import type { SagaEvent, StepEvent, TimerEvent } from './events.ts';
import type { ActionRun, SagaRun, SagaState, StepRun } from './state.ts';
import { movedTimer } from './timers.ts';

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

const untouchedStep: StepRun = { do: null, undo: null };

/** The steps with one action changed. */
const withAction = (
  steps: SagaRun['steps'],
  { step, action }: OnAction,
  change: (before: ActionRun) => ActionRun,
): SagaRun['steps'] => {
  const before = steps.get(step) ?? untouchedStep;
  const changed = change(before[action] ?? untouched);
  const after = action === 'do' ? { do: changed, undo: before.undo } : { do: before.do, undo: changed };
  return new Map(steps).set(step, after);
};

/** What becomes of a step's do action when the run turns to undoing, fails or is cancelled. */
const fenced = (action: ActionRun): ActionRun => {
  const until = null;
  if (action.status === 'dispatched') return { ...action, status: 'unknown', uncertain: true, until };
  if (['waiting', 'ready', 'retry', 'lapsed', 'blocked'].includes(action.status))
    return { ...action, status: action.uncertain ? 'unknown' : 'stopped', until };
  return action;
};

/** Most runs end with nothing left to fence: then their steps stay the same object. */
const fencedSteps = (steps: SagaRun['steps']): SagaRun['steps'] => {
  let all: Map<string, StepRun> | undefined;
  for (const [name, step] of steps) {
    const action = step.do === null ? null : fenced(step.do);
    if (action !== step.do) all = (all ?? new Map(steps)).set(name, { do: action, undo: step.undo });
  }
  return all ?? steps;
};

const fenceAll = (run: SagaRun): SagaRun => ({
  ...run,
  awaitsDefinition: false,
  paused: null,
  steps: fencedSteps(run.steps),
});

const ENDINGS = {
  SagaCompleted: 'COMPLETED',
  SagaFailed: 'FAILED',
  SagaUndone: 'UNDONE',
  SagaCancelled: 'CANCELLED',
} as const;

const resumed = (run: SagaRun, event: Extract<SagaEvent, { type: 'SagaResumed' }>): SagaRun => {
  const steps = event.data.timers.reduce(
    (all, timer) => withAction(all, timer, (action) => ({ ...action, until: timer.until })),
    run.steps,
  );
  return { ...run, paused: null, steps };
};

/** Folds one event. Total over the union; `revision` is the event's place in the stream. */
export const evolve = (state: SagaState, event: SagaEvent, revision: number): SagaState => {
  if (event.type === 'SagaStarted') return started(event, revision);
  if (state.kind === 'absent') return state;
  return isOnStep(event) ? evolveStep(state, event, revision) : { ...evolveRun(state, event), revision };
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
  const steps = withAction(run.steps, event.data, (before) =>
    isOnTimer(event) ? movedTimer(before, event) : changed(before, event, revision),
  );
  // An undo that failed has nothing in flight: whatever moves a step after it has set it going again.
  return { ...run, revision, undoFailed: false, steps };
};

const changed = (before: ActionRun, event: Exclude<StepEvent, TimerEvent>, revision: number): ActionRun => {
  switch (event.type) {
    case 'StepWaiting':
      return { ...before, status: 'waiting', until: null };
    case 'StepHealed':
      return { ...before, status: 'ready' };
    case 'StepDispatched': {
      const { attempt, iteration, until, transport } = event.data;
      return { ...before, status: 'dispatched', attempt, iteration, until, transport };
    }
    case 'StepSucceeded': {
      const { attempt: answered, result: sealed } = event.data;
      return { ...before, status: 'succeeded', answered, until: null, result: { revision, sealed } };
    }
    case 'StepFailed': {
      const { attempt, retryable } = event.data;
      return { ...before, status: 'failed', attempt, answered: attempt, retryable, until: null };
    }
    case 'StepTimedOut': {
      const ran = event.data.kind === 'run';
      const uncertain = before.uncertain || ran;
      return { ...before, status: 'timed-out', retryable: ran, until: null, uncertain };
    }
    case 'StepLapsed':
      return { ...before, status: 'lapsed', uncertain: true, until: null };
    case 'StepTakenBack':
      return { ...before, status: 'ready', until: null };
    case 'StepRetryScheduled':
      return { ...before, status: 'retry', until: event.data.until, retries: before.retries + 1 };
    case 'StepBlocked':
      return { ...before, status: 'blocked', until: null };
    case 'StepRetryRequested':
      return { ...before, status: 'ready', until: null, iteration: event.data.iteration, retries: 0 };
    case 'StepSkipped':
      return { ...before, status: 'skipped', until: null };
    case 'StepMarkedDone':
      return { ...before, status: 'marked-done', until: null };
  }
};
