import { isStoreAway } from '../../domain/damage.ts';
import type { OverdueTask } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import type { Acted, Actions } from './act.ts';

type Deps = Pick<SagaDeps, 'queue' | 'clock'> & {
  readonly actions: Pick<Actions, 'giveUp'>;
  readonly leaseMs: number;
  /** Told of a run that it did not work with. */
  readonly trouble: (flowId: string, error: unknown) => void;
};

const AT_ONCE = 500;

/**
 * Gives up claimed tasks whose lease or deadline has passed. Time stands still for a paused run: its tasks
 * get a new lease instead. So do those of a run that cannot be read, which would be first at every look.
 */
export const checkLeases = async ({ queue, clock, actions, leaseMs, trouble }: Deps): Promise<void> => {
  const now = clock.now();
  const givenUp = async (overdue: OverdueTask): Promise<Acted> => {
    try {
      return await actions.giveUp(overdue);
    } catch (error) {
      if (isStoreAway(error)) throw error;
      trouble(overdue.task.flowId, error);
      return 'paused';
    }
  };
  const settle = async (overdue: OverdueTask): Promise<void> => {
    const { taskId, attempt } = overdue.task;
    const acted = await givenUp(overdue);
    if (acted === 'paused') await queue.defer(taskId, attempt, now + leaseMs);
    if (acted === 'stale' || acted === 'done') await queue.settle(taskId, attempt);
  };
  const overdue = await queue.overdue(now, AT_ONCE);
  await Promise.all(overdue.map(settle));
};
