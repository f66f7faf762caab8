import { hash } from 'node:crypto';
import { reject } from '../../domain/decider.ts';
import { retryBatchStream } from '../../domain/retrybatch/aggregate.ts';
import { MOST_RETRIES } from '../../domain/retrybatch/events.ts';
import type { RetryOutcome } from '../../domain/retrybatch/events.ts';
import { callIdOf, creatingMetadata, isRepeatable } from '../context.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { Result } from '../result.ts';
import type { InstanceHandlers, RetryResult } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { retryOnce } from './retry-instance.ts';
import type { RetryDeps } from './retry-instance.ts';

export type RetryBatchDeps = RetryDeps & Pick<InstanceDeps, 'retryBatches' | 'onRetryTrouble'>;

type Batch = { readonly batchId: string; readonly results: readonly RetryResult[] };
type Retried = Promise<Result<Batch, string>>;

/**
 * Asks for several to go out again, one after the other, whatever becomes of each. The same call (by Idempotency-Key or
 * command id) after a crash goes on where the first was cut off: none goes out twice.
 */
export const retryInstances = (deps: RetryBatchDeps): InstanceHandlers['retryInstances'] => {
  const inTurn = keyedQueue();
  return async (instanceIds, context, onBegun) => {
    if (instanceIds.length > MOST_RETRIES)
      return reject('too_large', `at most ${String(MOST_RETRIES)} at once`);
    const batchId = callIdOf(deps.ids, context, 'retry-batch');
    const requested = await deps.retryBatches.execute(
      retryBatchStream(batchId),
      { type: 'RequestBatch', instanceIds },
      creatingMetadata(batchId, context, hashOf(instanceIds, context)),
    );
    if (requested.kind !== 'accepted') return requested;
    // Also to whoever sends it once more, and has to wait for what is under way.
    onBegun?.(batchId);
    return inTurn(batchId, () => retryAll(deps, { batchId, instanceIds, context }));
  };
};

export const getRetryBatch =
  ({ retryBatches }: Pick<RetryBatchDeps, 'retryBatches'>): InstanceHandlers['getRetryBatch'] =>
  async (batchId) => {
    const { state, head } = await retryBatches.load(retryBatchStream(batchId));
    if (state.kind === 'absent') return undefined;
    const { results } = state;
    return { batchId, isFinished: results !== null, results: results ?? [], revision: head.revision };
  };

type Asked = {
  readonly batchId: string;
  readonly instanceIds: readonly string[];
  readonly context: CallContext;
};

const retryAll = async (deps: RetryBatchDeps, { batchId, instanceIds, context }: Asked): Retried => {
  const finishedBefore = await finishedAt(deps, batchId);
  if (finishedBefore !== undefined) return finishedBefore;
  const results: RetryResult[] = [];
  for (const [index, instanceId] of instanceIds.entries())
    results.push(await retryOneOf(deps, { batchId, index, instanceId, context }));
  const commandId = commandIdOf('retry-batch-finished', batchId);
  const finished = await deps.retryBatches.execute(
    retryBatchStream(batchId),
    { type: 'FinishBatch', results },
    { ...creatingMetadata(batchId, context), commandId },
  );
  return resultOf(finished, ({ state }) => {
    const told = state.kind === 'batch' ? (state.results ?? results) : results;
    return { batchId, results: told };
  });
};

/** The answer of the first time, once there is one. */
const finishedAt = async ({ retryBatches }: RetryBatchDeps, batchId: string) => {
  const { state, position } = await retryBatches.load(retryBatchStream(batchId));
  if (state.kind === 'absent' || state.results === null) return undefined;
  return { kind: 'done' as const, value: { batchId, results: state.results }, position, replayed: true };
};

const hashOf = (instanceIds: readonly string[], context: CallContext): string | undefined =>
  isRepeatable(context) ? hash('sha256', JSON.stringify(instanceIds)) : undefined;

type Item = {
  readonly batchId: string;
  readonly index: number;
  readonly instanceId: string;
  readonly context: CallContext;
};

const retryOneOf = async (
  deps: RetryBatchDeps,
  { batchId, index, instanceId, context }: Item,
): Promise<RetryResult> => {
  // Its place is part of it: who stands in the list twice is asked for twice.
  const commandId = commandIdOf('retry-batch', batchId, String(index));
  try {
    const result = await retryOnce(deps, instanceId, { commandId, batchId, context });
    if (result.kind === 'done') return { instanceId, outcome: 'requested', ...result.value };
    deps.onRetryTrouble(instanceId, result.code);
    return { instanceId, outcome: outcomeOf(result.code), correlationId: null };
  } catch (error) {
    deps.onRetryTrouble(instanceId, error);
    return { instanceId, outcome: 'failed', correlationId: null };
  }
};

const outcomeOf = (code: string): RetryOutcome => {
  if (code === 'unknown_instance' || code === 'instance_deleted') return 'not-found';
  return code === 'no_flow_headers' ? 'no-headers' : 'failed';
};
