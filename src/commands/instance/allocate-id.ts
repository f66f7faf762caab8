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

/**
 * Hands out the ids of blocks that are reserved in the log first, so that no two allocators ever give the same. What is
 * left of a block when the process ends stays unused. `ids_exhausted` after the last 64-bit integer.
 */
export const allocateId = (deps: Pick<InstanceDeps, 'sequences' | 'ids'>): AllocateId => {
  const inTurn = keyedQueue();
  let block: Block = { next: 1n, to: 0n };
  return () =>
    inTurn(INSTANCE_IDS, async () => {
      if (block.next > block.to) {
        const reserved = await reserveBlock(deps);
        if ('kind' in reserved) return reserved;
        block = reserved;
      }
      const instanceId = String(block.next);
      block.next += 1n;
      return { kind: 'allocated', instanceId };
    });
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
