import { sagaStream } from '../../domain/saga/aggregate.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaDeps } from '../deps.ts';
import { effectIdOf } from '../deterministic-ids.ts';
import type { TaskHeartbeatInput } from './inputs.ts';
import type { ProgressBoard } from './progress-board.ts';

export type HeartbeatOutcome = {
  readonly flowId: string;
  readonly stepName: string;
  /** `lost`: the attempt is no longer held, stop working on it. */
  readonly outcome: 'extended' | 'lost';
  readonly leaseUntil?: string;
};

type Deps = Pick<SagaDeps, 'sagas' | 'queue' | 'clock'> & {
  readonly progress: ProgressBoard;
  readonly leaseMs: number;
};

/** Extends the leases of held attempts and notes their progress. Neither is ever an event. */
export const heartbeatTasks =
  (deps: Deps) =>
  (beats: readonly TaskHeartbeatInput[]): Promise<readonly HeartbeatOutcome[]> =>
    Promise.all(
      beats.map(async (beat) => ({
        flowId: beat.flowId,
        stepName: beat.stepName,
        ...(await extend(deps, beat)),
      })),
    );

const extend = async (
  { sagas, queue, clock, progress, leaseMs }: Deps,
  beat: TaskHeartbeatInput,
): Promise<Pick<HeartbeatOutcome, 'outcome' | 'leaseUntil'>> => {
  const { state: run } = await sagas.load(sagaStream(beat.flowId));
  const action = beat.action === 'DO' ? 'do' : 'undo';
  const current = run.kind === 'run' ? actionOf(run, beat.stepName, action) : null;
  if (current?.status !== 'dispatched' || current.attempt !== beat.attempt) return { outcome: 'lost' };
  const taskId = effectIdOf(beat.flowId, beat.stepName, current.iteration, action);
  const claim = await queue.extend({ taskId, attempt: beat.attempt, now: clock.now(), leaseMs });
  if (claim === undefined) return { outcome: 'lost' };
  if (beat.progress !== undefined) progress.set(taskId, beat.progress);
  return { outcome: 'extended', leaseUntil: new Date(claim.leaseUntil).toISOString() };
};
