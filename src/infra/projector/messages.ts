import type { Job, Move, ProjectionState, ProjectorRequests, Refusal } from './port.ts';

/** What crosses between the main thread and the projector's: plain data. */
export type ProjectorThreadOptions = {
  /** Directory of `log.db`, which is there, and of `read.db`. */
  readonly dataDir: string;
};

export type Call =
  | { readonly method: 'states' }
  | { readonly method: 'rebuild'; readonly projection: string; readonly acceptChanges: boolean }
  | { readonly method: 'verify'; readonly projection: string }
  | { readonly method: 'rollback'; readonly projection: string }
  | { readonly method: 'unblock'; readonly projection: string; readonly id: string };

/** What each call is answered with. */
export type Answers = {
  readonly states: readonly ProjectionState[];
  readonly rebuild: { readonly kind: 'started'; readonly job: Job } | Refusal;
  readonly verify: { readonly kind: 'started'; readonly job: Job } | Refusal;
  readonly rollback: Awaited<ReturnType<ProjectorRequests['rollback']>>;
  readonly unblock: Awaited<ReturnType<ProjectorRequests['unblock']>>;
};

export type ToThread =
  | { readonly kind: 'log-moved' }
  | { readonly kind: 'call'; readonly id: number; readonly call: Call }
  | { readonly kind: 'stop' };

export type FromThread =
  /** Answers `log-moved`: what is in the log from here on needs another one. */
  | { readonly kind: 'log-seen' }
  | { readonly kind: 'moved'; readonly moves: readonly PackedMove[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answers[Call['method']] };

/** Ids as one text: most of the time nobody listens, and a list would be copied id by id. */
export type PackedMove = Omit<Move, 'ids'> & { readonly ids: string | null };

export const packedMove = ({ name, position, ids }: Move): PackedMove => ({
  name,
  position,
  ids: ids === null ? null : JSON.stringify(ids),
});

/** Whom nobody follows names no documents. */
export const moveIn = (
  { name, position, ids }: PackedMove,
  { isFollowed }: { readonly isFollowed: (name: string) => boolean },
): Move => ({
  name,
  position,
  // `packedMove` made this text.
  ids: ids === null || !isFollowed(name) ? null : (JSON.parse(ids) as readonly string[]),
});
