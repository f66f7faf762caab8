import type { SagaEvent, StepEvent } from '../../src/domain/saga/events.ts';

/** Where one action (do or undo) of one step can be, in the words of the specification. */
export type Place =
  | 'untouched'
  | 'waiting'
  | 'ready'
  | 'in-flight'
  | 'failed'
  | 'timed-out'
  | 'lapsed'
  | 'backing-off'
  | 'done'
  | 'blocked'
  | 'skipped'
  | 'marked-done';

/** `to` is null where the action stays where it is, or where it goes depends on where it is. */
type Row = { readonly from: readonly Place[]; readonly to: Place | null };

const DUE: readonly Place[] = ['untouched', 'ready', 'lapsed', 'backing-off'];

/** Which events an action takes where, and where they lead. Whatever is not here must not happen. */
export const STEP_TABLE: Readonly<Record<StepEvent['type'], Row>> = {
  StepWaiting: { from: DUE, to: 'waiting' },
  StepHealed: { from: ['waiting'], to: 'ready' },
  StepDispatched: { from: DUE, to: 'in-flight' },
  StepSucceeded: { from: ['in-flight'], to: 'done' },
  StepFailed: { from: ['in-flight', ...DUE], to: 'failed' },
  StepTimedOut: { from: ['in-flight'], to: 'timed-out' },
  StepLapsed: { from: ['in-flight'], to: 'lapsed' },
  StepTakenBack: { from: ['in-flight'], to: 'ready' },
  StepRetryScheduled: { from: ['failed', 'timed-out'], to: 'backing-off' },
  StepBlocked: { from: ['failed', 'timed-out'], to: 'blocked' },
  StepRetryRequested: { from: ['blocked', 'backing-off'], to: 'ready' },
  StepSkipped: { from: ['blocked'], to: 'skipped' },
  StepMarkedDone: { from: ['blocked'], to: 'marked-done' },
  TimerRescheduled: { from: ['in-flight', 'backing-off'], to: null },
  TimerFired: { from: ['in-flight', 'backing-off'], to: null },
  TimerCancelled: { from: ['in-flight', 'backing-off'], to: null },
};

export type RunPhase = 'none' | 'doing' | 'undoing' | 'COMPLETED' | 'FAILED' | 'UNDONE' | 'CANCELLED';

/** Which events of the whole run fit in which phase. Events of steps fit in `doing` and `undoing` only (I-22). */
export const RUN_TABLE: Readonly<Record<Exclude<SagaEvent['type'], StepEvent['type']>, readonly RunPhase[]>> =
  {
    SagaStarted: ['none'],
    SagaWaiting: ['doing'],
    SagaDefinitionPinned: ['doing'],
    SagaPaused: ['doing', 'undoing'],
    SagaResumed: ['doing', 'undoing'],
    SagaCancelRequested: ['doing'],
    UndoStarted: ['doing', 'COMPLETED'],
    SagaCompleted: ['doing'],
    SagaFailed: ['doing'],
    SagaUndone: ['undoing'],
    SagaUndoFailed: ['undoing'],
    SagaCancelled: ['doing', 'undoing'],
  };

/** While a run is paused, only answers are kept and only a person moves it. */
export const WHILE_PAUSED: ReadonlySet<SagaEvent['type']> = new Set([
  'StepSucceeded',
  'StepFailed',
  'SagaResumed',
  'SagaCancelRequested',
  'SagaCancelled',
  'UndoStarted',
]);
