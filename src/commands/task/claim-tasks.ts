import type { SagaDeps } from '../deps.ts';
import type { ClaimedTask } from '../../infra/task-queue/port.ts';
import { sideBySide } from '../one-by-one.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';
import { workerTask } from './worker-task.ts';
import type { WorkerTask } from './worker-task.ts';

export type ClaimDeps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys' | 'queue' | 'clock' | 'random'> & {
  readonly leaseMs: number;
};

/** Claims tasks on these routes for a service; those that are over by now are settled and left out. */
export const claimTasks = async (
  deps: ClaimDeps,
  { service, max }: { readonly service: string; readonly max: number },
  routes: readonly string[],
): Promise<readonly WorkerTask[]> => {
  if (routes.length === 0) return [];
  const { queue, clock, leaseMs } = deps;
  const claimed = await queue.claim({ routes, by: service, max, now: clock.now(), leaseMs });
  if (claimed.length === 0) return [];
  const tasks = await sideBySide(claimed, (held) =>
    whenThere(workerTask(deps, held), (task) => task ?? over(deps, held)),
  );
  return tasks.filter((task) => task !== undefined);
};

const over = ({ queue }: ClaimDeps, { task }: ClaimedTask): Soon<undefined> =>
  whenThere(queue.settle(task.taskId, task.attempt), () => undefined);
