import type { RetentionRejection } from '../../domain/retention/commands.ts';
import { RETENTION_STREAM } from '../../domain/retention/aggregate.ts';
import type { RetentionRun } from '../../domain/retention/state.ts';
import type { Clock, Ids } from '../../infra/clock/port.ts';
import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import type { RetentionRuns } from './retention-port.ts';

/** Why a run is not started, or not ended. */
export type RetentionCode = RetentionRejection;

const DAY_MS = 86_400_000;

export type StartRetentionDeps = {
  readonly retentionRuns: Pick<RetentionRuns, 'execute'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
  readonly days: number;
};

/** A run that takes what was made more than so many days before a time, in milliseconds. */
export const newRun = (runId: string, now: number, days: number): RetentionRun => ({
  ...{ runId, cutoff: new Date(now - days * DAY_MS).toISOString(), days },
});

/**
 * Starts a run now; whoever has the duty does its work. `retention_running` while another one is under way. The same
 * Idempotency-Key is the same run.
 */
export const startRetention =
  ({ retentionRuns, clock, ids, days }: StartRetentionDeps) =>
  async (context: CallContext): Promise<Result<{ readonly runId: string }, string>> => {
    const { actor, correlationId } = context;
    const runId = callIdOf(ids, context, 'retention');
    const outcome = await retentionRuns.execute(
      RETENTION_STREAM,
      { type: 'StartRetentionRun', run: newRun(runId, clock.now(), days) },
      { commandId: runId, causationId: runId, actor, correlationId: correlationId ?? runId },
    );
    return resultOf(outcome, () => ({ runId }));
  };
