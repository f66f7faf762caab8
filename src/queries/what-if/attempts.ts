import { outstanding } from '../../domain/saga/outstanding.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaState } from '../../domain/saga/state.ts';
import type { Recorded } from './history.ts';
import type { Outcome } from './inputs.ts';

export type OnAttempt = Pick<Outcome, 'step' | 'action' | 'attempt'>;

export const attemptKey = ({ step, action, attempt }: OnAttempt): string =>
  `${action} ${step} ${String(attempt)}`;

/** When each recorded attempt was dispatched, by its key; milliseconds since the epoch. */
export const dispatchesIn = (appends: readonly Recorded[]): ReadonlyMap<string, number> =>
  new Map(
    appends
      .flatMap(({ events }) => events)
      .flatMap(({ type, data }) =>
        type === 'StepDispatched' ? [[attemptKey(data), data.since] as const] : [],
      ),
  );

export const inFlight = (state: SagaState | undefined): readonly OnAttempt[] =>
  state === undefined || state.kind === 'absent'
    ? []
    : outstanding(state).tasks.map(({ step, action, attempt }) => ({ step, action, attempt }));

/** Until when an attempt may lie on offer: for ever where nothing says; one that is not in flight no longer does. */
export const deadlineOf = (state: SagaState, on: OnAttempt): number => {
  if (state.kind === 'absent' || !isInFlight(state, on)) return 0;
  return actionOf(state, on.step, on.action)?.until ?? Infinity;
};

export const isInFlight = (state: SagaState, { step, action, attempt }: OnAttempt): boolean => {
  const current = state.kind === 'absent' ? null : actionOf(state, step, action);
  return current?.status === 'dispatched' && current.attempt === attempt;
};
