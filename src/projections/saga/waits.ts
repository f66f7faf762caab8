import type { StepAction } from '../../domain/names.ts';
import type { ActionDocument, RunWaiting, SagaDocument } from './read-model.ts';

/** An action that is not over, with the one reason why it stands still. */
export type OpenWait = Omit<RunWaiting, 'step'> &
  Pick<ActionDocument, 'status' | 'attempt' | 'iteration'> & {
    readonly step: string;
    readonly action: StepAction;
  };

/** Every open action of a run, in the order in which something first happened to its step; none once it has ended. */
export const openWaits = (document: SagaDocument): readonly OpenWait[] => {
  if (document.ended !== null) return [];
  const action = document.undo === null ? 'do' : 'undo';
  return document.steps.flatMap((step) => {
    const current = step[action];
    const waiting = current === null ? null : waitingOf(document, current);
    if (current === null || waiting === null) return [];
    const { status, attempt, iteration } = current;
    return [{ step: step.name, action, status, attempt, iteration, ...waiting }];
  });
};

/** Attempts that ended while the run was paused: what follows from them comes with the resume. */
const UNDECIDED = new Set<ActionDocument['status']>(['FAILED', 'UNKNOWN']);

/** A pause is the reason of all that is open, whatever it waited for before. */
const waitingOf = ({ pausedSince }: SagaDocument, { status, waiting }: ActionDocument) => {
  if (pausedSince === null) return waiting;
  if (waiting === null && !UNDECIDED.has(status)) return null;
  return { reason: 'paused', since: pausedSince, until: null, next: 'operator' } as const;
};
