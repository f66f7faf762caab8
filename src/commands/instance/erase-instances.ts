import { cannotBeRead } from '../../domain/damage.ts';
import type { Actor, AppendMetadata } from '../../domain/event.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { erasableOf } from './erasable.ts';
import type { Erasable } from './erasable.ts';
import { receiptOf } from './erasure-receipt.ts';
import type { Instances } from './instance-deps.ts';
import type { RetentionReads } from './retention-port.ts';

export type EraseDeps = {
  readonly instances: Pick<Instances, 'reload' | 'execute'>;
  readonly store: Pick<EventStore, 'readStream' | 'lastPosition'>;
  readonly keys: Pick<Keys, 'destroy' | 'open'>;
  readonly reads: Pick<RetentionReads, 'letters' | 'caughtUp'>;
  readonly clock: Pick<Clock, 'now'>;
  /** How long the documented topics may hold what went out on them, in milliseconds; -1 for ever. */
  readonly plaintextMs: number;
  /** What an event asks to be erased cannot be read: the others go on, and it is to be tried again. */
  readonly onStuck: (event: Asking, error: unknown) => void;
};

/** An event that asks for an erasure, without what else it says: it may have to be remembered for long. */
export type Asking = Pick<StoredEvent, 'eventId' | 'stream' | 'type' | 'position' | 'metadata'> & {
  readonly instanceId: string;
};

/** A receipt was not taken by the log: the erasure is done again. */
class ErasureStuck extends Error {
  override readonly name = 'ErasureStuck';
}

const eraser: Actor = { kind: 'system', id: 'eraser', source: 'sweeper' };

type Deleted = { readonly event: Asking; readonly instanceId: string };

/**
 * Makes deleted instances unreadable, whatever is left of them: their keys go, those of their dead letters and of
 * refusals too, then each gets its receipt. Everybody who had to read them must have done so. Done again after a crash
 * it leads to the same end, and the receipt of the first time stays.
 * @param deletions events of type InstanceDeleted
 */
export const eraseInstances = async (
  deps: EraseDeps,
  deletions: readonly Asking[],
  signal: AbortSignal,
): Promise<void> => {
  const open = await notErased(deps, deletions);
  if (open.length === 0) return;
  await deps.reads.caughtUp(await deps.store.lastPosition(), signal);
  const letters = await lettersByInstance(deps, open);
  const erasable = await eachReadable(deps, open, async (one) => ({
    ...one,
    parts: await erasableOf(deps, instanceStream(one.instanceId), letters.get(one.instanceId) ?? []),
  }));
  await deps.keys.destroy(erasable.flatMap(({ parts }) => parts.keyIds));
  await deps.keys.destroy(erasable.flatMap(({ parts }) => parts.letterKeyIds));
  await eachReadable(deps, erasable, (one) => recordReceipt(deps, one));
};

/** One whose stream, letter or delivery cannot be read is told of and left out. @throws what else the work throws. */
const eachReadable = async <Item extends { readonly event: Asking }, Result>(
  { onStuck }: Pick<EraseDeps, 'onStuck'>,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
  const done = await Promise.all(
    items.map(async (item) => {
      try {
        return [await work(item)];
      } catch (error) {
        if (!cannotBeRead(error)) throw error;
        onStuck(item.event, error);
        return [];
      }
    }),
  );
  return done.flat();
};

const notErased = async (deps: EraseDeps, deletions: readonly Asking[]): Promise<readonly Deleted[]> => {
  const named = deletions.map((event) => ({ event, instanceId: event.instanceId }));
  const looked = await eachReadable(deps, named, async (one) => {
    const { state } = await deps.instances.reload(instanceStream(one.instanceId));
    return state.kind === 'absent' || state.isErased ? [] : [one];
  });
  return looked.flat();
};

const lettersByInstance = async (
  { reads }: EraseDeps,
  deleted: readonly Deleted[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const instanceIds = deleted.map(({ instanceId }) => instanceId);
  const named = Map.groupBy(await reads.letters(instanceIds, 'all'), ({ instanceId }) => instanceId);
  return new Map([...named].map(([id, letters]) => [id, letters.map(({ letterId }) => letterId)]));
};

const recordReceipt = async (
  { instances, clock, plaintextMs }: EraseDeps,
  { event, instanceId, parts }: Deleted & { readonly parts: Erasable },
): Promise<void> => {
  // Not from the deletion on: the bridge may have been behind, and what it said of the instance went out long after.
  const receipt = receiptOf(parts, { from: clock.now(), plaintextMs });
  const command = { type: 'EraseInstance', receipt } as const;
  const outcome = await instances.execute(instanceStream(instanceId), command, metadataOf(event));
  if (outcome.kind !== 'accepted') throw new ErasureStuck(`${outcome.code}: ${outcome.detail}`);
};

const metadataOf = ({ eventId, metadata }: Asking): AppendMetadata => ({
  commandId: commandIdOf('eraser', eventId),
  causationId: eventId,
  correlationId: metadata.correlationId,
  actor: eraser,
});
