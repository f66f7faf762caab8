import type { OverdueTask } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import type { Actions } from './act.ts';

type Deps = Pick<SagaDeps, 'queue' | 'clock'> & {
  readonly actions: Pick<Actions, 'giveUp'>;
  readonly leaseMs: number;
};

const AT_ONCE = 500;

/**
 * Gives up claimed tasks whose lease or deadline has passed. Time stands still for a paused run: its tasks
 * get a new lease instead.
 */
export const checkLeases = async ({ queue, clock, actions, leaseMs }: Deps): Promise<void> => {
  const now = clock.now();
  const settle = async (overdue: OverdueTask): Promise<void> => {
    const { taskId, attempt } = overdue.task;
    const acted = await actions.giveUp(overdue);
    if (acted === 'paused') await queue.defer(taskId, attempt, now + leaseMs);
    if (acted === 'stale' || acted === 'done') await queue.settle(taskId, attempt);
  };
  const overdue = await queue.overdue(now, AT_ONCE);
  await Promise.all(overdue.map(settle));
};
