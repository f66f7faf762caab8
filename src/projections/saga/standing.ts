import { waitingReason } from './read-model.ts';
import type { ActionDocument, RunWaiting, SagaDocument, SagaStatus } from './read-model.ts';

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
  const actions = document.steps.flatMap((step) => step.do ?? []);
  const isMoving = actions.some(({ status }) => status === 'DISPATCHED' || status === 'RETRYING');
  const isWaiting = document.awaitsDefinition !== null || actions.some(waitsForSomebody);
  return isWaiting && !isMoving ? 'WAITING' : 'IN_PROGRESS';
};

const waitsForSomebody = ({ status, waiting }: ActionDocument): boolean =>
  status === 'BLOCKED' || waiting?.reason === 'worker-missing';

const precedence = new Map(waitingReason.options.map((reason, index) => [reason, index]));
const rank = ({ reason }: RunWaiting): number => precedence.get(reason) ?? precedence.size;

/** By precedence of the reason; of equal ones the step that something happened to first. */
const firstWaiting = (document: Facts): RunWaiting | null =>
  waits(document).reduce<RunWaiting | null>(
    (first, next) => (first === null || rank(next) < rank(first) ? next : first),
    null,
  );

const waits = ({ pausedSince, awaitsDefinition, steps }: Facts): readonly RunWaiting[] => [
  ...(pausedSince === null
    ? []
    : [{ reason: 'paused', step: null, since: pausedSince, until: null, next: 'operator' } as const]),
  ...(awaitsDefinition === null ? [] : [{ ...awaitsDefinition, step: null }]),
  ...steps.flatMap(({ name, ...actions }) =>
    [actions.do, actions.undo].flatMap((action) =>
      action === null || action.waiting === null ? [] : [{ ...action.waiting, step: name }],
    ),
  ),
];
