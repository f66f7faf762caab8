import { timersOf } from '../../domain/saga/timers.ts';
import type { RunTimer } from '../../domain/saga/timers.ts';
import type { SagaState } from '../../domain/saga/state.ts';

/**
 * When the earliest retry is due that the recorded run does not wait for just so: nothing recorded will set it going.
 */
export const ownRetryAt = (state: SagaState, recorded: SagaState): number | undefined => {
  const shared = new Set(retriesOf(recorded).map(textOf));
  const own = retriesOf(state).filter((timer) => !shared.has(textOf(timer)));
  return own.length === 0 ? undefined : Math.min(...own.map(({ until }) => until));
};

const retriesOf = (state: SagaState): readonly RunTimer[] =>
  state.kind === 'absent' || state.paused !== null
    ? []
    : timersOf(state).filter(({ kind, action }) => kind === 'retry' && action === state.phase);

const textOf = ({ step, action, attempt, until }: RunTimer): string =>
  [step, action, attempt, until].join(' ');
