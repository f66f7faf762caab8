import type { SagaDeps } from '../deps.ts';
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
  const tasks = await Promise.all(
    claimed.map(async (held) => {
      const task = await workerTask(deps, held);
      if (task === undefined) await queue.settle(held.task.taskId, held.task.attempt);
      return task;
    }),
  );
  return tasks.filter((task) => task !== undefined);
};
