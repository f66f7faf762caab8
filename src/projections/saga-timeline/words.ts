import { isOnStep, isOnTimer } from '../../domain/saga/events.ts';
import type { SagaEvent, StepEvent, TimerEvent } from '../../domain/saga/events.ts';
import { timeText } from '../saga/time-text.ts';

type RunEvent = Exclude<SagaEvent, StepEvent>;

/** What an event says, for people. What a caller or a worker sent is sealed, and is not in it. */
export const inWords = (event: SagaEvent): string =>
  isOnStep(event) ? `${subjectOf(event)} ${stepInWords(event)}` : runInWords(event);

const subjectOf = ({ data }: StepEvent): string =>
  data.action === 'do' ? `Step ${data.step}` : `The undo of step ${data.step}`;

const stepInWords = (event: StepEvent): string =>
  isOnTimer(event) ? timerInWords(event) : attemptInWords(event);

const timerInWords = (event: TimerEvent): string => {
  const { kind, reason } = event.data;
  const what = kind === 'retry' ? 'next attempt' : 'deadline for being taken';
  switch (event.type) {
    case 'TimerRescheduled':
      return `has its ${what} moved to ${timeText(event.data.until)}${because(reason)}`;
    case 'TimerFired':
      return `has its ${what} now, by request${because(reason)}`;
    case 'TimerCancelled':
      return `has its ${what} cancelled${kind === 'retry' ? ': a person decides' : ''}${because(reason)}`;
  }
};

const attemptInWords = (event: Exclude<StepEvent, TimerEvent>): string => {
  switch (event.type) {
    case 'StepWaiting':
      return 'waits: no worker serves it';
    case 'StepHealed':
      return `goes on: ${event.data.service} serves it now`;
    case 'StepDispatched':
      return `is offered to its workers over ${event.data.transport} (attempt ${event.data.attempt})`;
    case 'StepSucceeded':
      return `succeeded${claimed(event.data.claim)} (attempt ${event.data.attempt})`;
    case 'StepFailed':
      return failedInWords(event.data);
    case 'StepTimedOut':
      return event.data.kind === 'run'
        ? `got no answer in time${claimed(event.data.claim)} (attempt ${event.data.attempt})`
        : `was taken by no worker in time (attempt ${event.data.attempt})`;
    case 'StepLapsed':
      return `was lost: its worker's lease ran out${claimed(event.data.claim)} (attempt ${event.data.attempt})`;
    case 'StepTakenBack':
      return `was taken back: nobody had taken it, and nobody was left to (attempt ${event.data.attempt})`;
    case 'StepRetryScheduled':
      return `is tried again${event.data.until === null ? '' : ` at ${timeText(event.data.until)}`} (attempt ${event.data.attempt})`;
    case 'StepBlocked':
      return 'is stuck: a person decides';
    case 'StepRetryRequested':
      return `is tried again by request${because(event.data.reason)}`;
    case 'StepSkipped':
      return `was skipped${because(event.data.reason)}`;
    case 'StepMarkedDone':
      return `was marked as done by hand${because(event.data.reason)}`;
  }
};

const failedInWords = (data: Extract<StepEvent, { type: 'StepFailed' }>['data']): string => {
  if (data.cause === 'no-worker') return 'failed: no worker serves it, and it was not to wait';
  const code = data.code === null ? '' : ` with ${data.code}`;
  return `failed${code}${claimed(data.claim)} (attempt ${data.attempt})`;
};

const runInWords = (event: RunEvent): string => {
  switch (event.type) {
    case 'SagaStarted':
      return `A run of ${event.data.orchName} started`;
    case 'SagaWaiting':
      return `The run waits: ${event.data.orchName} has no definition`;
    case 'SagaDefinitionPinned':
      return `The run follows version ${event.data.definition.version} of the definition`;
    case 'SagaPaused':
      return `The run was paused${because(event.data.reason)}`;
    case 'SagaResumed':
      return `The run was resumed${because(event.data.reason)}`;
    case 'SagaCancelRequested':
      return `The run is cancelled${event.data.undo ? ' and undone' : ''}${because(event.data.reason)}`;
    case 'UndoStarted':
      return undoInWords(event.data);
    case 'SagaCompleted':
      return 'The run completed';
    case 'SagaFailed':
      return `The run failed at step ${event.data.failed}`;
    case 'SagaUndone':
      return 'The run is undone';
    case 'SagaUndoFailed':
      return `The undo is stuck at ${event.data.steps.join(', ')}`;
    case 'SagaCancelled':
      return 'The run is cancelled';
  }
};

const undoInWords = (data: Extract<RunEvent, { type: 'UndoStarted' }>['data']): string => {
  const what = data.steps.length === 0 ? 'nothing to undo' : data.steps.join(', ');
  const why = data.failed === null ? '' : ` after step ${data.failed} failed`;
  return `The undo started${why}${because(data.reason)}: ${what}`;
};

const claimed = (claim: { readonly by: string } | null): string => (claim === null ? '' : ` at ${claim.by}`);
const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`);
