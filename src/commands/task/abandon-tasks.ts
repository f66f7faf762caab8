import type { SagaDeps } from '../deps.ts';
import { dispatchedTask } from './dispatched-task.ts';
import type { TaskHeartbeatInput } from './inputs.ts';

/** An attempt that a worker held when it was last heard of. */
export type HeldTask = Pick<TaskHeartbeatInput, 'flowId' | 'stepName' | 'action' | 'attempt'> & {
  /** When its lease ended then, in milliseconds since the epoch. */
  readonly leaseUntil: number;
};

/** Enough for a worker whose connection was cut to come back and go on. */
const GRACE_MS = 2000;

type Deps = Pick<SagaDeps, 'sagas' | 'queue' | 'clock'>;

/**
 * Ends the leases of tasks whose worker is gone 2 s from now, so that they go to another one. A lease that was extended
 * meanwhile stays as it is: the worker has come back.
 */
export const abandonTasks =
  (deps: Deps) =>
  async (tasks: readonly HeldTask[]): Promise<void> => {
    const until = deps.clock.now() + GRACE_MS;
    await Promise.all(tasks.map((task) => curtail(deps, task, until)));
  };

const curtail = async (deps: Deps, task: HeldTask, until: number): Promise<void> => {
  const taskId = await dispatchedTask(deps, task);
  const { attempt, leaseUntil } = task;
  if (taskId !== undefined) await deps.queue.curtail({ taskId, attempt, leaseUntil, until });
};
