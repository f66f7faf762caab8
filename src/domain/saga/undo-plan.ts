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
  const goesOn = definition.onUndoFailure === 'continue';
  if (!goesOn && blockedSteps(run).length > 0) return [];
  const isOver = (step: string) => isUndone(run, step) || (goesOn && isBlocked(run, step));
  return planned.filter((step) => {
    if (actionOf(run, step, 'undo') !== null) return false;
    const dependents = dependentsOf(definition.steps, step);
    return planned.every((other) => !dependents.has(other) || isOver(other));
  });
};
