import { isLogDamaged } from '../../domain/damage.ts';
import type { Actor } from '../../domain/event.ts';
import type { Rejection } from '../../domain/decider.ts';
import { INSTANCE_IDS } from '../../domain/sequence/aggregate.ts';
import type { SequenceRejection } from '../../domain/sequence/decide.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { Unavailable } from '../result.ts';
import type { InstanceDeps } from './instance-deps.ts';

export type Allocated = { readonly kind: 'allocated'; readonly instanceId: string };
type Refused = Rejection<SequenceRejection | 'idempotency_key_reused' | 'too_large'> | Unavailable;

/** A new id, larger than every one before it from the same allocator. The first of all is 1. */
export type AllocateId = () => Promise<Allocated | Refused>;

const BLOCK = 1000;
const allocator: Actor = { kind: 'system', id: 'allocator', source: 'reactor' };

type Block = { next: bigint; readonly to: bigint };

/** Every delivery needs it: that it is damaged is nothing to refuse a single one for, or to make its record a dead letter. */
class IdsDamaged extends Error {
  override readonly name = 'IdsDamaged';
}

/**
 * Hands out the ids of blocks that are reserved in the log first, so that no two allocators ever give the same. What is
 * left of a block when the process ends stays unused. `ids_exhausted` after the last 64-bit integer.
 * @throws IdsDamaged, and what the log throws
 */
export const allocateId = (deps: Pick<InstanceDeps, 'sequences' | 'ids'>): AllocateId => {
  const inTurn = keyedQueue();
  let block: Block = { next: 1n, to: 0n };
  return () =>
    inTurn(INSTANCE_IDS, async () => {
      if (block.next > block.to) {
        const fresh = await reserved(deps);
        if ('kind' in fresh) return fresh;
        block = fresh;
      }
      const instanceId = String(block.next);
      block.next += 1n;
      return { kind: 'allocated', instanceId };
    });
};

const reserved = async (deps: Pick<InstanceDeps, 'sequences' | 'ids'>): Promise<Block | Refused> => {
  try {
    return await reserveBlock(deps);
  } catch (error) {
    if (!isLogDamaged(error)) throw error;
    throw new IdsDamaged(error.message, { cause: error });
  }
};

/** Until nobody else was faster. */
const reserveBlock = async ({
  sequences,
  ids,
}: Pick<InstanceDeps, 'sequences' | 'ids'>): Promise<Block | Refused> => {
  for (;;) {
    const { state } = await sequences.load(INSTANCE_IDS);
    const commandId = ids.next();
    const outcome = await sequences.execute(
      INSTANCE_IDS,
      { type: 'ReserveBlock', after: state.last, size: BLOCK },
      { commandId, causationId: commandId, correlationId: commandId, actor: allocator },
    );
    if (outcome.kind !== 'accepted') return outcome;
    const [reserved] = outcome.events;
    if (reserved !== undefined) return { next: BigInt(reserved.data.from), to: BigInt(reserved.data.to) };
  }
};
