import type { Expected } from './log-types.ts';

/** What the server's index writer knows of a stream when it decides. */
export type CommitView = {
  /** Last revision, -1 for none. */
  readonly current: bigint;
  readonly isTombstoned: boolean;
  readonly isSoftDeleted: boolean;
  readonly hasMetadata: boolean;
  /** Through the index, so it forgets nothing but what was scavenged. */
  readonly idAt: (revision: bigint) => string | undefined;
  /** Through the bounded cache of recent commits: the revision of this id in this stream. */
  readonly recent: (id: string) => bigint | undefined;
};

export type CommitDecision =
  | { readonly kind: 'commit' }
  | { readonly kind: 'idempotent'; readonly last: bigint }
  | { readonly kind: 'wrong_version' }
  | { readonly kind: 'deleted' };

const COMMIT: CommitDecision = { kind: 'commit' };
const WRONG_VERSION: CommitDecision = { kind: 'wrong_version' };
const DELETED: CommitDecision = { kind: 'deleted' };

/** Knows a retry only while the cache remembers it; a batch that is known in part is refused. */
const throughTheCache = (view: CommitView, ids: readonly string[]): CommitDecision => {
  const known = ids.map(view.recent);
  const last = known.at(-1);
  if (known[0] === undefined) return COMMIT;
  if (last === undefined || known.includes(undefined)) return WRONG_VERSION;
  return { kind: 'idempotent', last };
};

/** Knows every retry of exactly these events at exactly this place; overlapping in part is refused. */
const throughTheIndex = (view: CommitView, expected: bigint, ids: readonly string[]): CommitDecision => {
  if (ids.length === 0) return WRONG_VERSION;
  const stored = ids.map((_, index) => view.idAt(expected + 1n + BigInt(index)));
  if (stored.every((id, index) => id === ids[index])) {
    return { kind: 'idempotent', last: expected + BigInt(ids.length) };
  }
  const isFirstEqual = stored[0] === ids[0];
  return !isFirstEqual && expected === -1n && view.isSoftDeleted ? COMMIT : WRONG_VERSION;
};

const whereItExists = (view: CommitView, ids: readonly string[]): CommitDecision => {
  if (view.isSoftDeleted) return DELETED;
  return view.current < 0n && !view.hasMetadata ? WRONG_VERSION : throughTheCache(view, ids);
};

/**
 * The server's commit decision: an exact revision, and `no_stream`, which is exactly -1, are
 * compared by id through the index; `any` and `stream_exists` only through the cache of recent commits.
 */
export const decideCommit = (
  view: CommitView,
  expected: Expected,
  ids: readonly string[],
): CommitDecision => {
  if (view.isTombstoned) return DELETED;
  if (expected === 'stream_exists') return whereItExists(view, ids);
  if (expected === 'any') return throughTheCache(view, ids);
  const exact = expected === 'no_stream' ? -1n : expected;
  if (exact < view.current) return throughTheIndex(view, exact, ids);
  return exact === view.current ? COMMIT : WRONG_VERSION;
};
