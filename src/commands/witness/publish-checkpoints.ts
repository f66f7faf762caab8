import { WITNESS_CATEGORY } from '../../domain/checkpoint.ts';
import { witnessEvents } from '../../domain/witness/events.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Checkpoints, EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { CheckpointOutlet } from '../../infra/witness/port.ts';

export type PublishCheckpointsDeps = {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly checkpoints: Checkpoints;
  /** Each has a mark of its own: one that is added later gets everything from the first checkpoint on. */
  readonly outlet: { readonly name: string; readonly publish: CheckpointOutlet };
};

/**
 * Publishes every signed checkpoint in its order, until the signal aborts; after a crash the last one once more.
 * @throws what the outlet and the log throw.
 */
export const publishCheckpoints = async (
  { store, checkpoints, outlet }: PublishCheckpointsDeps,
  signal: AbortSignal,
): Promise<void> => {
  const follower = `checkpoints-${outlet.name}`;
  const after = (await checkpoints.load(follower)) ?? START;
  for await (const { events, position } of store.subscribe({
    after,
    categories: [WITNESS_CATEGORY],
    signal,
  })) {
    const signed = events.filter(({ type }) => type === 'CheckpointSigned');
    for (const { data } of signed) await outlet.publish(parsed(data), signal);
    // What was given up half-way is not published.
    if (signal.aborted) return;
    if (signed.length > 0) await checkpoints.save(follower, position);
  }
};

const parsed = (data: StoredEvent['data']) => witnessEvents.CheckpointSigned.parse(data);
