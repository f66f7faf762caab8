import type { Claim, Task, TaskQueue } from '../../infra/task-queue/port.ts';
import { effectIdOf } from '../deterministic-ids.ts';
import { byWorker } from './engine-claim.ts';
import type { ProgressBoard } from './progress-board.ts';

type Deps = { readonly queue: Pick<TaskQueue, 'claimOf'>; readonly progress: ProgressBoard };
type Attempt = Pick<Task, 'flowId' | 'step' | 'action' | 'iteration' | 'attempt'>;
type Progress = NonNullable<ReturnType<ProgressBoard['get']>> | null;

/** Who works on an attempt, and what was last said of it; undefined while nobody does. */
export const holderOf =
  ({ queue, progress }: Deps) =>
  async ({
    flowId,
    step,
    action,
    iteration,
    attempt,
  }: Attempt): Promise<{ readonly claim: Claim; readonly progress: Progress } | undefined> => {
    const taskId = effectIdOf(flowId, step, iteration, action);
    const claim = byWorker(await queue.claimOf(taskId, attempt));
    return claim === undefined ? undefined : { claim, progress: progress.get(taskId) ?? null };
  };
