import { actionOf } from '../../domain/saga/state.ts';
import type { ActionStatus, SagaRun } from '../../domain/saga/state.ts';
import type { PlannedUndo } from './undo-plan-view.ts';

const STATES: Readonly<Record<ActionStatus, PlannedUndo['state']>> = {
  waiting: 'waiting',
  ready: 'waiting',
  retry: 'waiting',
  failed: 'waiting',
  'timed-out': 'waiting',
  lapsed: 'waiting',
  dispatched: 'running',
  succeeded: 'undone',
  skipped: 'skipped',
  'marked-done': 'marked-done',
  blocked: 'blocked',
  stopped: 'gave-up',
  unknown: 'gave-up',
};

export const undoState = (run: SagaRun, step: string): PlannedUndo['state'] => {
  const undo = actionOf(run, step, 'undo');
  return undo === null ? 'planned' : STATES[undo.status];
};

/** An undo command would start an undo now. */
export const canUndo = (run: SagaRun): boolean =>
  run.ended === null ? run.phase === 'do' : run.ended === 'COMPLETED';

export const undoWords = (run: SagaRun, steps: readonly PlannedUndo[]): string => {
  if (run.ended !== null && run.ended !== 'COMPLETED') return endedWords(run);
  const blocked = steps.filter(({ state }) => state === 'blocked').map(({ step }) => step);
  if (blocked.length > 0) return `The undo waits for a person to settle ${blocked.join(', ')}.`;
  if (run.phase === 'undo') return 'The run is being undone.';
  return steps.length === 0
    ? 'An undo now would find nothing to undo.'
    : `An undo now would undo ${steps.map(({ step }) => step).join(', ')}.`;
};

const endedWords = ({ ended, undo }: SagaRun): string => {
  if (undo !== null) return 'The run was undone.';
  return ended === 'FAILED'
    ? 'The run failed and had nothing to undo; it can no longer be undone.'
    : 'The run was cancelled without an undo; it can no longer be undone.';
};
