import { cannotBeRead } from '../../domain/damage.ts';
import type { SagaDeps } from '../deps.ts';
import type { ClaimedTask, Task } from '../../infra/task-queue/port.ts';
import type { AttemptTracer } from '../../infra/tracing/port.ts';
import { sideBySide } from '../one-by-one.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';
import { leaveOut } from './leave-out.ts';
import { restMsAfter } from './rest-after.ts';
import { findTask, lengthOf, openTask } from './worker-task.ts';
import type { FoundTask, WorkerTask } from './worker-task.ts';

export type ClaimDeps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys' | 'queue' | 'clock' | 'random'> & {
  readonly leaseMs: number;
  /** Told of a task that could not be put together, unless the claim fails for it. */
  readonly onUnreadable: (flowId: string, error: unknown) => void;
  /** Names the span of a task's attempt, where anybody is told of spans. */
  readonly traceparentOf?: AttemptTracer | undefined;
};

/** What is handed out at a time, in characters, unless a single task is longer: all of it is in memory at once. */
const MOST_LENGTH = 4 * 1024 * 1024;

/**
 * Claims tasks on these routes for a service; those that are over by now are settled and left out, those that would
 * be too much go back on offer, and so do, after a pause, those that cannot be put together now. Where there are only
 * such, it fails with what is wrong, unless that is the damage of single runs: no caller can do anything about it.
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
  const unreadable: Unreadable[] = [];
  const { found, unread } = await findTasks(deps, claimed, unreadable);
  const count = fittingCount(found);
  await giveBack(deps, [...found.slice(count), ...unread]);
  const opened = await sideBySide(found.slice(0, count), (held) =>
    unlessItFails(held, unreadable, () => openTask(deps, held)),
  );
  return handedOut(deps, isThere(opened), unreadable);
};

/**
 * The last one first, because each goes to the front, and all in one go, so that whoever waits finds the oldest. Where
 * that fails they are on offer again when their leases end: it must not keep back what is to be handed out.
 */
const giveBack = async ({ queue }: ClaimDeps, tasks: readonly { readonly task: Task }[]): Promise<void> => {
  if (tasks.length === 0) return;
  await Promise.allSettled(tasks.toReversed().map(({ task }) => queue.release(task.taskId, task.attempt)));
};

type Unreadable = { readonly task: ClaimedTask['task']; readonly error: unknown };

/** Undefined where it cannot be done now. */
const unlessItFails = <Value>(
  { task }: Pick<ClaimedTask, 'task'>,
  unreadable: Unreadable[],
  make: () => Soon<Value>,
): Soon<Value | undefined> => {
  const note = (error: unknown): void => {
    unreadable.push({ task, error });
  };
  try {
    const value = make();
    if (!(value instanceof Promise)) return value;
    return value.catch((error: unknown) => {
      note(error);
      return undefined;
    });
  } catch (error) {
    note(error);
    return undefined;
  }
};

const isThere = <Value>(values: readonly (Value | undefined)[]): readonly Value[] =>
  values.filter((value) => value !== undefined);

const handedOut = (
  deps: ClaimDeps,
  tasks: readonly WorkerTask[],
  unreadable: readonly Unreadable[],
): readonly WorkerTask[] => {
  for (const { task, error } of unreadable) later(deps, task, error);
  const passing = unreadable.find(({ error }) => !cannotBeRead(error));
  if (tasks.length === 0 && passing !== undefined) throw passing.error;
  for (const { task, error } of unreadable) deps.onUnreadable(task.flowId, error);
  return tasks;
};

/** Puts a task back on offer after a pause. At worst its lease lapses. */
const later = (
  { queue, clock }: ClaimDeps,
  { taskId, attempt }: ClaimedTask['task'],
  error: unknown,
): void => {
  clock.schedule(restMsAfter(error), () => {
    queue.release(taskId, attempt).catch(() => undefined);
  });
};

const FIRST_COUNT = 8;

/** Some, then twice as many, until it is enough: the runs of large tasks are long to read, and most of them go back. */
const findTasks = async (
  deps: ClaimDeps,
  claimed: readonly ClaimedTask[],
  unreadable: Unreadable[],
): Promise<{ readonly found: readonly FoundTask[]; readonly unread: readonly ClaimedTask[] }> => {
  const found: FoundTask[] = [];
  let read = 0;
  for (let count = FIRST_COUNT; read < claimed.length && fittingCount(found) === found.length; count *= 2) {
    const tasks = await sideBySide(claimed.slice(read, read + count), (held) =>
      unlessItFails(held, unreadable, () =>
        whenThere(findTask(deps, held), (task) => task ?? leaveOut(deps, held)),
      ),
    );
    found.push(...isThere(tasks));
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
