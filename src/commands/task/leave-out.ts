import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { ClaimedTask, Task } from '../../infra/task-queue/port.ts';
import type { SagaDeps } from '../deps.ts';
import { standingOf } from './worker-task.ts';

type Deps = Pick<SagaDeps, 'sagas' | 'queue'>;

/** A claimed task that nobody is given: it is over, or goes off offer until its run, which is paused, goes on. */
export const leaveOut = async ({ sagas, queue }: Deps, { task }: ClaimedTask): Promise<undefined> => {
  const { taskId, attempt } = task;
  if ((await standingNow(sagas, task)) === 'over') {
    await queue.settle(taskId, attempt);
    return;
  }
  await queue.release(taskId, attempt);
  await queue.withdraw(taskId);
  // Whoever resumed the run meanwhile has found the task claimed, and had nothing to put on offer. Where nobody can tell
  // it is on offer: as long as the run is paused it is left out again.
  const now = await standingNow(sagas, task).catch(() => 'current');
  if (now === 'current') await queue.offer(task);
};

const standingNow = async (sagas: Deps['sagas'], task: Task) => {
  const { state } = await sagas.reload(sagaStream(task.flowId));
  return standingOf(state, task);
};
