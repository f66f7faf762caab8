import { endOf, whyOf } from '../due-claims.ts';
import type { Claim, OverdueTask } from '../port.ts';
import { HELD_FIELDS, claimIn, claimedRow, claimedTaskIn } from './rows.ts';
import type { TaskRows } from './rows.ts';

type Attempt = { readonly taskId: string; readonly attempt: number };

const held = ({ taskId, attempt }: Attempt) => ({ _id: taskId, attempt, state: 'claimed' }) as const;

export const claimOf = async (rows: TaskRows, attempt: Attempt): Promise<Claim | undefined> => {
  const found = await rows.findOne(held(attempt));
  return found === null ? undefined : claimIn(claimedRow.parse(found));
};

/** Neither is shortened: a lease that was deferred stays so at the next heartbeat. */
export const extend = async (
  rows: TaskRows,
  attempt: Attempt,
  until: { readonly leaseUntil: number; readonly deadline?: number },
): Promise<Claim | undefined> => {
  const found = await rows.findOneAndUpdate(held(attempt), { $max: until }, { returnDocument: 'after' });
  return found === null ? undefined : claimIn(claimedRow.parse(found));
};

/** True when the lease ended when the caller thought, and ends earlier now. */
export const curtail = async (
  rows: TaskRows,
  attempt: Attempt,
  { leaseUntil, until }: { readonly leaseUntil: number; readonly until: number },
): Promise<boolean> => {
  if (until >= leaseUntil) return false;
  const changed = await rows.updateOne({ ...held(attempt), leaseUntil }, { $set: { leaseUntil: until } });
  return changed.matchedCount === 1;
};

/** The route it is on offer again; undefined when the attempt was not held. */
export const release = async (
  rows: TaskRows,
  attempt: Attempt,
  order: number,
): Promise<string | undefined> => {
  const found = await rows.findOne(held(attempt));
  if (found === null) return undefined;
  const { by, since, timeoutMs, route } = claimedRow.parse(found);
  const released = await rows.updateOne(
    { ...held(attempt), by, since },
    { $set: { state: 'offered', order, deadline: timeoutMs }, $unset: HELD_FIELDS },
  );
  return released.matchedCount === 1 ? route : undefined;
};

/**
 * Claims whose lease or deadline has ended at `now` (milliseconds since the epoch), those that ended first at first;
 * at most `limit`, none for 0 or less.
 */
export const overdue = async (
  rows: TaskRows,
  now: number,
  limit: number,
): Promise<readonly OverdueTask[]> => {
  if (limit <= 0) return [];
  // The first by either are among the first by lease and the first by deadline, and each has its index.
  const first = (field: 'leaseUntil' | 'deadline') =>
    rows
      .find({ state: 'claimed', [field]: { $lte: now } })
      .sort({ [field]: 1 })
      .limit(limit)
      .toArray();
  const found = await Promise.all([first('leaseUntil'), first('deadline')]);
  const byId = new Map(found.flat().map((row) => [row._id, claimedRow.parse(row)]));
  return [...byId.values()]
    .toSorted((one, other) => endOf(one) - endOf(other) || one.since - other.since)
    .slice(0, limit)
    .map((row) => ({ ...claimedTaskIn(row), why: whyOf(row) }));
};
