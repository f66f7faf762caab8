import { claimTasks } from './claim-tasks.ts';
import type { ClaimDeps } from './claim-tasks.ts';
import type { Directory } from './directory.ts';
import type { WorkerTask } from './worker-task.ts';

/** Tasks for one worker that asks again and again. */
export type TaskSource = {
  /** Resolves when there may be something to claim, or when the source is closed. */
  readonly offered: () => Promise<void>;
  /** Claims up to `max` (1–100), as many as there are. */
  readonly claim: (max: number) => Promise<readonly WorkerTask[]>;
  /** Ends waiting; nothing should be claimed any more. */
  readonly close: () => void;
};

export type TaskSourceInput = { readonly service: string; readonly steps?: readonly string[] | undefined };

type Deps = ClaimDeps & { readonly directory: Directory };

/** Given as a reason, because without one each abort would make an error with a stack. */
const OVER = 'over';

/**
 * Opens a source of tasks for a service, of the steps it names or of all it is registered for, whenever that is. What
 * changes seldom is only made anew when it does: the routes, and the signal that ends a wait for them.
 */
export const openTaskSource =
  (deps: Deps) =>
  ({ service, steps }: TaskSourceInput): TaskSource => {
    const { queue, directory } = deps;
    let routes = directory.routesOf(service, steps);
    let over = new AbortController();
    const renew = (): void => {
      const before = over;
      routes = directory.routesOf(service, steps);
      over = new AbortController();
      before.abort(OVER);
    };
    const stopListening = directory.onChange(renew);
    return {
      offered: () => queue.offered(routes, over.signal),
      claim: (max) => claimTasks(deps, { service, max }, routes),
      close: () => {
        stopListening();
        over.abort(OVER);
      },
    };
  };
