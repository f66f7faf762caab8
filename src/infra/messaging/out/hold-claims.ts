import type { SagaDeps } from '../../../commands/deps.ts';
import type { ClaimedTask } from '../../task-queue/port.ts';

type Deps = Pick<SagaDeps, 'queue' | 'clock'> & { readonly onTrouble: (error: unknown) => void };

const SHORTEST_MS = 100;

/**
 * Keeps claims, and their time to answer, from ending while their tasks wait for the broker; until the returned
 * function is called. Should this process end, the tasks are free again within one lease.
 */
export const holdClaims = (deps: Deps, claimed: readonly ClaimedTask[], leaseMs: number): (() => void) => {
  const shortest = Math.min(leaseMs, ...claimed.map(({ task }) => task.timeoutMs));
  const everyMs = Math.max(SHORTEST_MS, Math.floor(shortest / 3));
  let cancel = (): void => undefined;
  let isOver = false;
  const again = (): void => {
    cancel = deps.clock.schedule(everyMs, () => {
      void extendAll(deps, claimed, leaseMs)
        .catch(deps.onTrouble)
        .then(() => {
          if (!isOver) again();
        });
    });
  };
  again();
  return () => {
    isOver = true;
    cancel();
  };
};

const extendAll = async (
  { queue, clock }: Deps,
  claimed: readonly ClaimedTask[],
  leaseMs: number,
): Promise<void> => {
  const now = clock.now();
  const extend = async ({ task: { taskId, attempt, timeoutMs } }: ClaimedTask): Promise<void> => {
    // Both of its times are put off; where its time to answer is shorter than the lease, the lease by itself.
    await queue.defer(taskId, attempt, now + Math.min(timeoutMs, leaseMs));
    if (timeoutMs < leaseMs) await queue.extend({ taskId, attempt, now, leaseMs });
  };
  await Promise.all(claimed.map(extend));
};
