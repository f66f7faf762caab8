import type { SagaDeps } from '../deps.ts';
import { dispatchedTask } from './dispatched-task.ts';
import { eachOnItsOwn } from './each-on-its-own.ts';
import { byWorker } from './engine-claim.ts';
import type { TaskHeartbeatInput } from './inputs.ts';
import type { ProgressBoard } from './progress-board.ts';

export type HeartbeatOutcome = {
  readonly flowId: string;
  readonly stepName: string;
  /** `lost`: the attempt is no longer held, stop working on it. `unavailable`: nobody can tell now, send it again. */
  readonly outcome: 'extended' | 'lost' | 'unavailable';
  readonly leaseUntil?: string;
};

type Deps = Pick<SagaDeps, 'sagas' | 'queue' | 'clock'> & {
  readonly progress: ProgressBoard;
  readonly leaseMs: number;
};

/**
 * Extends the leases of held attempts and notes their progress, each on its own: one whose run cannot be read keeps no
 * other back. Neither is ever an event. A caller that may act as one service only extends what that service holds.
 */
export const heartbeatTasks =
  (deps: Deps) =>
  (beats: readonly TaskHeartbeatInput[], service?: string): Promise<readonly HeartbeatOutcome[]> => {
    const heard = beats.map(async (beat): Promise<HeartbeatOutcome> => ({
      flowId: beat.flowId,
      stepName: beat.stepName,
      ...(await extend(deps, beat, service)),
    }));
    return eachOnItsOwn(beats, heard, ({ flowId, stepName }) => ({
      flowId,
      stepName,
      outcome: 'unavailable',
    }));
  };

const extend = async (
  deps: Deps,
  beat: TaskHeartbeatInput,
  service: string | undefined,
): Promise<Pick<HeartbeatOutcome, 'outcome' | 'leaseUntil'>> => {
  const { queue, clock, progress, leaseMs } = deps;
  const { attempt } = beat;
  const taskId = await dispatchedTask(deps, beat);
  if (taskId === undefined) return { outcome: 'lost' };
  const isItsTask = service === undefined || (await queue.claimOf(taskId, attempt))?.by === service;
  const known = isItsTask ? await queue.extend({ taskId, attempt, now: clock.now(), leaseMs }) : undefined;
  const claim = byWorker(known);
  if (claim === undefined) return { outcome: 'lost' };
  if (beat.progress !== undefined) progress.set(taskId, beat.progress);
  return { outcome: 'extended', leaseUntil: new Date(claim.leaseUntil).toISOString() };
};
