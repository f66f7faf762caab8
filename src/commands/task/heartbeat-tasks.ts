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

/**
 * Extends the leases of held attempts and notes their progress. Neither is ever an event. A caller that may act
 * as one service only extends what that service holds.
 */
export const heartbeatTasks =
  (deps: Deps) =>
  (beats: readonly TaskHeartbeatInput[], service?: string): Promise<readonly HeartbeatOutcome[]> =>
    Promise.all(
      beats.map(async (beat) => ({
        flowId: beat.flowId,
        stepName: beat.stepName,
        ...(await extend(deps, beat, service)),
      })),
    );

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
  const claim = isItsTask ? await queue.extend({ taskId, attempt, now: clock.now(), leaseMs }) : undefined;
  if (claim === undefined) return { outcome: 'lost' };
  if (beat.progress !== undefined) progress.set(taskId, beat.progress);
  return { outcome: 'extended', leaseUntil: new Date(claim.leaseUntil).toISOString() };
};

/** The task of the attempt that is under way; undefined where another one is, or none. */
const dispatchedTask = async (
  { sagas }: Deps,
  { flowId, stepName, action: given, attempt }: TaskHeartbeatInput,
): Promise<string | undefined> => {
  const { state: run } = await sagas.load(sagaStream(flowId));
  const action = given === 'DO' ? 'do' : 'undo';
  const current = run.kind === 'run' ? actionOf(run, stepName, action) : null;
  if (current?.status !== 'dispatched' || current.attempt !== attempt) return undefined;
  return effectIdOf(flowId, stepName, current.iteration, action);
};
