import type { PassingMap } from '../../domain/passing-map.ts';
import type { ClaimJournal } from './claim-journal.ts';
import type { DueClaims } from './due-claims.ts';
import type { OfferedEntry, Offers } from './offers.ts';
import type { Claim, ClaimedTask, ClaimRequest, Task } from './port.ts';

// Every change of a claim is in the journal before it is in memory, so a failed write changes nothing. A claim
// in the journal whose task was not offered since the restart is held all the same.
export type QueueState = {
  readonly journal: ClaimJournal;
  readonly entries: PassingMap<string, OfferedEntry>;
  /** Tasks among them whose attempt is neither on offer nor claimed, and never will be. */
  readonly retired: Set<string>;
  readonly offers: Offers;
  readonly due: DueClaims;
  readonly onOffer: (route: string) => void;
};

type Attempt = { readonly taskId: string; readonly attempt: number };

export const offer = (state: QueueState, task: Task): void => {
  const known = state.entries.get(task.taskId);
  if (known && known.task.attempt >= task.attempt) return;
  unclaimUpTo(state, { taskId: task.taskId, attempt: task.attempt - 1 });
  if (known) drop(state, known);
  const claim = claimOf(state, task);
  const entry: OfferedEntry = { task, claim: undefined, due: undefined, link: undefined };
  state.entries.set(task.taskId, entry);
  if (claim) hold(state, entry, claim);
  else putOnOffer(state, entry, 'back');
};

export const claimTasks = (state: QueueState, request: ClaimRequest): readonly ClaimedTask[] => {
  const claimFor = claimsBy(request);
  const taken = state.offers.take(request.routes, request.max).map((entry) => ({
    entry,
    held: { taskId: entry.task.taskId, attempt: entry.task.attempt, claim: claimFor(entry.task) },
  }));
  try {
    if (taken.length > 0) state.journal.put(taken.map(({ held }) => held));
  } catch (error) {
    for (const { entry } of taken.toReversed()) putOnOffer(state, entry, 'front');
    throw error;
  }
  return taken.map(({ entry, held }) => hold(state, entry, held.claim));
};

export const claimOf = (state: QueueState, { taskId, attempt }: Attempt): Claim | undefined => {
  const entry = entryAt(state, { taskId, attempt });
  if (entry) return entry.claim;
  const held = state.journal.heldBy(taskId);
  return held?.attempt === attempt ? held.claim : undefined;
};

/** Replaces the claim of a held attempt; undefined when it is not held. */
export const renew = (state: QueueState, held: Attempt, to: (claim: Claim) => Claim): Claim | undefined => {
  const old = claimOf(state, held);
  if (!old) return undefined;
  const claim = to(old);
  state.journal.put([{ taskId: held.taskId, attempt: held.attempt, claim }]);
  const entry = entryAt(state, held);
  if (entry) {
    entry.claim = claim;
    state.due.extended(entry);
  }
  return claim;
};

type Curtailment = Attempt & { readonly leaseUntil: number; readonly until: number };

/** True when the lease ended when the caller thought, and ends earlier now. */
export const curtail = (state: QueueState, { leaseUntil, until, ...held }: Curtailment): boolean => {
  if (until >= leaseUntil || claimOf(state, held)?.leaseUntil !== leaseUntil) return false;
  renew(state, held, (claim) => ({ ...claim, leaseUntil: until }));
  const entry = entryAt(state, held);
  if (entry) state.due.watch(entry);
  return true;
};

export const release = (state: QueueState, held: Attempt): void => {
  if (!claimOf(state, held)) return;
  state.journal.remove(held.taskId);
  const entry = entryAt(state, held);
  if (entry) putOnOffer(state, entry, 'front');
};

export const settle = (state: QueueState, done: Attempt): void => {
  unclaimUpTo(state, done);
  const entry = state.entries.get(done.taskId);
  if (entry && entry.task.attempt <= done.attempt) drop(state, entry);
};

export const withdraw = (state: QueueState, taskId: string): boolean => {
  const entry = state.entries.get(taskId);
  if (!entry || entry.claim || state.retired.has(taskId)) return false;
  drop(state, entry);
  return true;
};

export const retire = (state: QueueState, task: Attempt): boolean => {
  const entry = entryAt(state, task);
  if (!entry || entry.claim) return false;
  state.offers.remove(entry);
  state.retired.add(task.taskId);
  return true;
};

const entryAt = (state: QueueState, { taskId, attempt }: Attempt): OfferedEntry | undefined => {
  const entry = state.entries.get(taskId);
  return entry?.task.attempt === attempt ? entry : undefined;
};

const unclaimUpTo = (state: QueueState, { taskId, attempt }: Attempt): void => {
  const held = state.journal.heldBy(taskId);
  if (held && held.attempt <= attempt) state.journal.forget(taskId);
};

const putOnOffer = (state: QueueState, entry: OfferedEntry, end: 'front' | 'back'): void => {
  letGo(state, entry);
  state.offers.add(entry, end);
  state.onOffer(entry.task.route);
};

const hold = (state: QueueState, entry: OfferedEntry, claim: Claim): ClaimedTask => {
  entry.claim = claim;
  state.due.watch(entry);
  return { task: entry.task, claim };
};

const drop = (state: QueueState, entry: OfferedEntry): void => {
  state.entries.delete(entry.task.taskId);
  state.retired.delete(entry.task.taskId);
  state.offers.remove(entry);
  letGo(state, entry);
};

const letGo = (state: QueueState, entry: OfferedEntry): void => {
  entry.claim = undefined;
  state.due.forget(entry);
};

/** One claim for all tasks in a row that may take as long as each other. */
const claimsBy = ({ by, now, leaseMs }: ClaimRequest): ((task: Task) => Claim) => {
  let last: Claim | undefined;
  return ({ timeoutMs }) => {
    const deadline = now + timeoutMs;
    if (last?.deadline !== deadline) last = { by, at: now, leaseUntil: now + leaseMs, deadline };
    return last;
  };
};
