import { unlessDuplicate } from '../../mongodb/errors.ts';
import type { Task } from '../port.ts';
import { HELD_FIELDS, OPEN_FIELDS, offeredRow } from './rows.ts';
import type { TaskRows } from './rows.ts';

// Each round more than the second needs somebody else who writes the same task in between.
const MOST_ROUNDS = 10;

/** True when the task is on offer by this call. */
export const offer = async (rows: TaskRows, task: Task, order: number): Promise<boolean> => {
  const { _id, ...wanted } = offeredRow(task, order);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (await unlessDuplicate(rows.insertOne({ _id, ...wanted }))) return true;
    const attempt = await attemptOf(rows, _id);
    if (attempt === undefined) continue;
    if (attempt >= task.attempt) return false;
    const replaced = await rows.replaceOne({ _id, attempt }, wanted);
    if (replaced.matchedCount === 1) return true;
  }
  throw new Error(`task ${_id} changes too fast to be offered`);
};

/** Leaves the attempt behind, so that offering it again changes nothing, and whoever asks next is told the same. */
export const retire = async (rows: TaskRows, taskId: string, attempt: number): Promise<boolean> => {
  const retired = {
    $set: { state: 'retired' },
    $unset: OPEN_FIELDS,
    $currentDate: { retiredAt: true },
  } as const;
  const taken = await rows.updateOne({ _id: taskId, attempt, state: 'offered' }, retired);
  if (taken.matchedCount === 1) return true;
  return (await rows.countDocuments({ _id: taskId, attempt, state: 'retired' })) === 1;
};

/** Leaves the number behind, so that a late offer of what is settled is known for what it is. */
export const settle = async (rows: TaskRows, taskId: string, attempt: number): Promise<void> => {
  const settled = {
    $set: { state: 'settled', attempt },
    $unset: { ...HELD_FIELDS, ...OPEN_FIELDS, retiredAt: '' },
    $currentDate: { settledAt: true },
  } as const;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const upTo = { _id: taskId, attempt: { $lte: attempt } };
    if (await unlessDuplicate(rows.updateOne(upTo, settled, { upsert: true }))) return;
    const found = await attemptOf(rows, taskId);
    if (found !== undefined && found > attempt) return;
  }
  throw new Error(`task ${taskId} changes too fast to be settled`);
};

const attemptOf = async (rows: TaskRows, taskId: string): Promise<number | undefined> => {
  const found = await rows.findOne({ _id: taskId }, { projection: { attempt: 1 } });
  return found?.attempt;
};
