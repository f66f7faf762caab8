import type { SagaDeps } from '../deps.ts';
import { claimTasks } from './claim-tasks.ts';
import type { ClaimDeps } from './claim-tasks.ts';
import type { Directory } from './directory.ts';
import type { PollTasksInput } from './inputs.ts';
import type { WorkerTask } from './worker-task.ts';

export type PollDeps = ClaimDeps & { readonly directory: Directory };

/**
 * Claims tasks for a service. Waits up to `waitMs` while there are none, also for a registration that gives
 * the service its first route; ends early, without a task, when the signal aborts.
 */
export const pollTasks =
  (deps: PollDeps) =>
  async (input: PollTasksInput, signal: AbortSignal): Promise<readonly WorkerTask[]> => {
    const until = deps.clock.now() + input.waitMs;
    for (;;) {
      if (signal.aborted) return [];
      const routes = deps.directory.routesOf(input.service, input.steps);
      const tasks = await claimTasks(deps, input, routes);
      const leftMs = until - deps.clock.now();
      if (tasks.length > 0 || leftMs <= 0) return tasks;
      await somethingNew(deps, routes, leftMs, signal);
    }
  };

/** Given as a reason, because without one each abort would make an error with a stack. */
const OVER = 'over';

/** Whatever comes first: a task on one of the routes, a change of routes, the end of the wait, an abort. */
const somethingNew = async (
  { queue, directory, clock }: PollDeps,
  routes: readonly string[],
  leftMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const over = new AbortController();
  const stop = () => {
    over.abort(OVER);
  };
  const cancelTimer = clock.schedule(leftMs, stop);
  signal.addEventListener('abort', stop);
  const offered = routes.length === 0 ? [] : [queue.offered(routes, over.signal)];
  await Promise.race([...offered, directory.changed(over.signal)]);
  cancelTimer();
  signal.removeEventListener('abort', stop);
  over.abort(OVER);
};

/** Puts tasks back on offer whose answer never reached the worker. */
export const releaseTasks =
  ({ queue }: Pick<SagaDeps, 'queue'>) =>
  async (tasks: readonly WorkerTask[]): Promise<void> => {
    // The last one first: each goes to the front.
    const back = tasks.toReversed();
    await Promise.all(back.map(({ effectId, attempt }) => queue.release(effectId, attempt)));
  };
