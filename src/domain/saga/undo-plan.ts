import type { Definition } from '../orchestration/events.ts';
import { dependentsOf, topologicalOrder } from './graph.ts';
import type { ActionRun, SagaRun } from './state.ts';
import { actionOf } from './state.ts';

const IN_FLIGHT = new Set<ActionRun['status']>(['dispatched', 'unknown']);
const SETTLED = new Set<ActionRun['status']>(['succeeded', 'skipped', 'marked-done']);

/** The action had its effect, or may have had it without our knowing. */
export const mayHaveHappened = (action: ActionRun | null): boolean =>
  action !== null && (action.status === 'succeeded' || action.uncertain || IN_FLIGHT.has(action.status));

/**
 * What an undo started now would undo, in the order in which it may start: the steps that succeeded or
 * whose outcome is unknown, and that have an undo, latest first (I-23).
 */
export const undoPlan = (run: SagaRun, definition: Definition | null): readonly string[] => {
  if (definition === null) return [];
  const hasUndo = new Set(definition.steps.filter((step) => step.undo).map((step) => step.name));
  return topologicalOrder(definition.steps)
    .filter((name) => hasUndo.has(name) && mayHaveHappened(actionOf(run, name, 'do')))
    .reverse();
};

export const isUndone = (run: SagaRun, step: string): boolean => {
  const undo = actionOf(run, step, 'undo');
  return undo !== null && SETTLED.has(undo.status);
};

const isBlocked = (run: SagaRun, step: string): boolean => actionOf(run, step, 'undo')?.status === 'blocked';

const blockedSteps = (run: SagaRun): readonly string[] =>
  (run.undo?.steps ?? []).filter((step) => isBlocked(run, step));

/** The blocked steps, once nothing but them and what they keep back is left; none while any undo still moves. */
export const stuckSteps = (run: SagaRun): readonly string[] => {
  const isAtRest = (step: string) =>
    isUndone(run, step) || isBlocked(run, step) || actionOf(run, step, 'undo') === null;
  return (run.undo?.steps ?? []).every(isAtRest) ? blockedSteps(run) : [];
};

/**
 * Steps whose undo may start now: all that depends on them is undone, or, with `continue`, is at least
 * stuck. With `stop`, a blocked undo keeps every undo back that has not started.
 */
export const undoable = (run: SagaRun, definition: Definition): readonly string[] => {
  const planned = run.undo?.steps ?? [];
  if (definition.onUndoFailure === 'stop' && blockedSteps(run).length > 0) return [];
  return planned.filter((step) => actionOf(run, step, 'undo') === null && !isKeptBack(run, definition, step));
};

/**
 * Something that depends on this step is still to be undone. It may be again where an undo that was stuck is tried
 * once more: then one that waits, and has never been dispatched, has its turn after that (I-23).
 */
const isKeptBack = (run: SagaRun, definition: Definition, step: string): boolean => {
  const goesOn = definition.onUndoFailure === 'continue';
  const isOver = (other: string) => isUndone(run, other) || (goesOn && isBlocked(run, other));
  const dependents = dependentsOf(definition.steps, step);
  return (run.undo?.steps ?? []).some((other) => dependents.has(other) && !isOver(other));
};

/** Steps whose undo has begun, and may go on. */
export const begunUndos = (run: SagaRun, definition: Definition): readonly string[] =>
  (run.undo?.steps ?? []).filter((step) => {
    const undo = actionOf(run, step, 'undo');
    return undo !== null && (undo.attempt > 0 || !isKeptBack(run, definition, step));
  });
