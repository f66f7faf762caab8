import type { SagaDeps } from '../deps.ts';
import type { ClaimedTask } from '../../infra/task-queue/port.ts';
import { oneByOne, sideBySide } from '../one-by-one.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';
import { findTask, lengthOf, openTask } from './worker-task.ts';
import type { FoundTask, WorkerTask } from './worker-task.ts';

export type ClaimDeps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys' | 'queue' | 'clock' | 'random'> & {
  readonly leaseMs: number;
};

/** What is handed out at a time, in characters, unless a single task is longer: all of it is in memory at once. */
const MOST_LENGTH = 4 * 1024 * 1024;

/**
 * Claims tasks on these routes for a service; those that are over by now are settled and left out, those that would
 * be too much go back on offer.
 */
export const claimTasks = async (
  deps: ClaimDeps,
  { service, max }: { readonly service: string; readonly max: number },
  routes: readonly string[],
): Promise<readonly WorkerTask[]> => {
  if (routes.length === 0) return [];
  const { queue, clock, leaseMs } = deps;
  const claimed = await queue.claim({ routes, by: service, max, now: clock.now(), leaseMs });
  if (claimed.length === 0) return [];
  const { found, unread } = await findTasks(deps, claimed);
  const count = fittingCount(found);
  const back = [...found.slice(count), ...unread];
  // The last one first: each goes to the front.
  await oneByOne(back.toReversed(), ({ task }) => queue.release(task.taskId, task.attempt));
  return sideBySide(found.slice(0, count), (task) => openTask(deps, task));
};

const FIRST_COUNT = 8;

/** Some, then twice as many, until it is enough: the runs of large tasks are long to read, and most of them go back. */
const findTasks = async (deps: ClaimDeps, claimed: readonly ClaimedTask[]) => {
  const found: FoundTask[] = [];
  let read = 0;
  for (let count = FIRST_COUNT; read < claimed.length && fittingCount(found) === found.length; count *= 2) {
    const tasks = await sideBySide(claimed.slice(read, read + count), (held) =>
      whenThere(findTask(deps, held), (task) => task ?? over(deps, held)),
    );
    found.push(...tasks.filter((task) => task !== undefined));
    read += count;
  }
  return { found, unread: claimed.slice(read) };
};

/** How many from the first on are not too much together; one always is not. */
const fittingCount = (tasks: readonly FoundTask[]): number => {
  let length = 0;
  const tooMuch = tasks.findIndex((task, index) => {
    length += lengthOf(task);
    return index > 0 && length > MOST_LENGTH;
  });
  return tooMuch === -1 ? tasks.length : tooMuch;
};

const over = ({ queue }: ClaimDeps, { task }: ClaimedTask): Soon<undefined> =>
  whenThere(queue.settle(task.taskId, task.attempt), () => undefined);
