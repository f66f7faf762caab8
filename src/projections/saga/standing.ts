import { waitingReason } from './read-model.ts';
import type { ActionDocument, ActionWaiting, RunWaiting, SagaDocument, SagaStatus } from './read-model.ts';

type Facts = Omit<SagaDocument, 'status' | 'waiting'>;

/** The document with what follows from the rest of it: the run's status, and why it stands still. */
export const withStanding = (document: Facts): SagaDocument => ({
  ...document,
  status: statusOf(document),
  waiting: document.ended === null ? firstWaiting(document) : null,
});

const statusOf = (document: Facts): SagaStatus => {
  if (document.ended !== null) return document.ended;
  if (document.pausedSince !== null) return 'PAUSED';
  if (document.undoFailed) return 'UNDO_FAILED';
  if (document.undo !== null) return 'UNDOING';
  if (document.steps.some((step) => isMoving(step.do))) return 'IN_PROGRESS';
  const isWaiting =
    document.awaitsDefinition !== null || document.steps.some((step) => waitsForSomebody(step.do));
  return isWaiting ? 'WAITING' : 'IN_PROGRESS';
};

const isMoving = (action: ActionDocument | null): boolean =>
  action !== null && (action.status === 'DISPATCHED' || action.status === 'RETRYING');

const waitsForSomebody = (action: ActionDocument | null): boolean =>
  action !== null && (action.status === 'BLOCKED' || action.waiting?.reason === 'worker-missing');

const precedence = new Map(waitingReason.options.map((reason, index) => [reason, index]));
const rank = ({ reason }: ActionWaiting): number => precedence.get(reason) ?? precedence.size;

/** By precedence of the reason; of equal ones the step that something happened to first. */
const firstWaiting = ({ pausedSince, awaitsDefinition, steps }: Facts): RunWaiting | null => {
  let first: RunWaiting | null =
    pausedSince === null
      ? null
      : { next: 'operator', reason: 'paused', since: pausedSince, step: null, until: null };
  const offer = (waiting: ActionWaiting | null | undefined, step: string | null): void => {
    if (waiting == null) return;
    if (first !== null && rank(waiting) >= rank(first)) return;
    const { next, reason, since, until } = waiting;
    first = { next, reason, since, step, until };
  };
  offer(awaitsDefinition, null);
  for (const step of steps) {
    offer(step.do?.waiting, step.name);
    offer(step.undo?.waiting, step.name);
  }
  return first;
};
