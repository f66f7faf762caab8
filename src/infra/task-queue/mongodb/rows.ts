import type { Collection } from 'mongodb';
import { z } from 'zod';
import type { MongoConnection } from '../../mongodb/connect.ts';
import type { Claim, ClaimedTask, Task } from '../port.ts';

/** Fields of a claim, and those of a task: what is taken away when it is released, and when it is settled. */
export const HELD_FIELDS = { by: '', at: '', leaseUntil: '', since: '' } as const;
export const OPEN_FIELDS = {
  route: '',
  flowId: '',
  orchName: '',
  step: '',
  action: '',
  iteration: '',
  timeoutMs: '',
  order: '',
  deadline: '',
} as const;

export const claimedRow = z.object({
  _id: z.string(),
  state: z.literal('claimed'),
  attempt: z.number(),
  route: z.string(),
  flowId: z.string(),
  orchName: z.string(),
  step: z.string(),
  action: z.enum(['do', 'undo']),
  iteration: z.number(),
  timeoutMs: z.number(),
  order: z.number(),
  by: z.string(),
  at: z.number(),
  leaseUntil: z.number(),
  deadline: z.number(),
  /** Tells one claim from the next and the earlier from the later. */
  since: z.number(),
});
export type ClaimedRow = z.infer<typeof claimedRow>;

/**
 * One document per task. `order` sorts a route's offers. While a task is on offer `deadline` holds its timeout, so that
 * a claim adds its time and needs not know the task. Of a settled or retired task only the attempt is left, for a while.
 */
export type TaskRow = { readonly _id: string; readonly attempt: number } & (
  | { readonly state: 'settled'; readonly settledAt: Date }
  | { readonly state: 'retired'; readonly retiredAt: Date }
  | (Omit<ClaimedRow, 'state' | keyof typeof HELD_FIELDS> & { readonly state: 'offered' })
  | ClaimedRow
);
export type TaskRows = Collection<TaskRow>;

// Backstop for what a process that died has not taken away itself.
const FORGET_SETTLED_S = 600;
// The same, and longer than any process that retired a task may be asleep before it writes that nobody took it.
const FORGET_RETIRED_S = 86_400;

/** The collection `tasks` with its indexes. */
export const taskRows = async ({
  collection,
  run,
}: Pick<MongoConnection, 'collection' | 'run'>): Promise<TaskRows> => {
  const rows = collection<TaskRow>('tasks');
  await run(() =>
    rows.createIndexes([
      { key: { state: 1, route: 1, order: 1 }, name: 'offers' },
      { key: { state: 1, leaseUntil: 1 }, name: 'leases' },
      { key: { state: 1, deadline: 1 }, name: 'deadlines' },
      { key: { settledAt: 1 }, name: 'settled', expireAfterSeconds: FORGET_SETTLED_S },
      { key: { retiredAt: 1 }, name: 'retired', expireAfterSeconds: FORGET_RETIRED_S },
    ]),
  );
  return rows;
};

export const offeredRow = ({ taskId, ...task }: Task, order: number): TaskRow => ({
  _id: taskId,
  ...task,
  state: 'offered',
  order,
  deadline: task.timeoutMs,
});

export const claimIn = ({ by, at, leaseUntil, deadline }: ClaimedRow): Claim => ({
  by,
  at,
  leaseUntil,
  deadline,
});

export const claimedTaskIn = (row: ClaimedRow): ClaimedTask => {
  const { _id: taskId, route, flowId, orchName, step, action, attempt, iteration, timeoutMs } = row;
  const task = { taskId, route, flowId, orchName, step, action, attempt, iteration, timeoutMs };
  return { task, claim: claimIn(row) };
};
