import type { ReplaySession } from './commands.ts';
import type { ReplayEvent, ReplayProgress, ReplayWait } from './events.ts';

export type ReplayStatus = 'CREATED' | 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

export type Replay = {
  readonly kind: 'session';
  readonly status: ReplayStatus;
  readonly session: ReplaySession;
  /** Null until it is started. */
  readonly upTo: string | null;
  /** How many events there are to replay; null until they have been counted. */
  readonly total: number | null;
  /** Null until the first of it is recorded. */
  readonly progress: Omit<ReplayProgress, 'problems'> | null;
  /** How many problems are recorded. */
  readonly problems: number;
  /** What it waited for when something was heard of it last; null where it did not. */
  readonly waiting: ReplayWait | null;
};

export type ReplayState = { readonly kind: 'absent' } | Replay;

export const initialReplay: ReplayState = { kind: 'absent' };

export const evolve = (state: ReplayState, event: ReplayEvent): ReplayState => {
  if (event.type === 'ReplayCreated') return created(event.data);
  return state.kind === 'absent' ? state : { ...state, waiting: null, ...changedBy(state, event) };
};

const created = (session: ReplaySession): Replay => ({
  ...{ kind: 'session', status: 'CREATED', session },
  ...{ upTo: null, total: null, progress: null, problems: 0, waiting: null },
});

const changedBy = (
  state: Replay,
  event: Exclude<ReplayEvent, { type: 'ReplayCreated' }>,
): Partial<Replay> => {
  switch (event.type) {
    case 'ReplayStarted':
      return { status: 'RUNNING', upTo: event.data.upTo };
    case 'ReplayCounted':
      return { total: event.data.total };
    case 'ReplayProgressed': {
      const { problems, ...progress } = event.data;
      return { progress, problems: state.problems + problems.length };
    }
    case 'ReplayWaiting':
      return { waiting: event.data };
    case 'ReplayPaused':
      return { status: 'PAUSED' };
    case 'ReplayResumed':
      return { status: 'RUNNING' };
    case 'ReplayCancelled':
      return { status: 'CANCELLED' };
    case 'ReplayCompleted':
      return { status: 'COMPLETED' };
    case 'ReplayFailed':
      return { status: 'FAILED' };
  }
};
