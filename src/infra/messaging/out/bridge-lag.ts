import type { Clock } from '../../clock/port.ts';
import type { Checkpoints, EventStore, Position, StoredEvent } from '../../event-store/port.ts';
import { START } from '../../event-store/port.ts';
import { CATEGORIES, FOLLOWER } from './bridge.ts';

export type BridgeLagDeps = {
  readonly store: Pick<EventStore, 'readAll' | 'lastPosition'>;
  readonly checkpoints: Pick<Checkpoints, 'load'>;
  readonly eventsBetween: (after: Position, upTo: Position) => number | Promise<number>;
  readonly clock: Pick<Clock, 'now'>;
};

/**
 * How far what was published is behind the log: events there are behind the checkpoint, and for how long the first of
 * them that has to be published has been in the log. Both 0 where nothing has to be.
 */
export const bridgeLag = async ({ store, checkpoints, eventsBetween, clock }: BridgeLagDeps) => {
  const after = (await checkpoints.load(FOLLOWER)) ?? START;
  const first = await firstBehind(store, after);
  if (first === undefined) return { events: 0, seconds: 0 };
  const recordedAt = Date.parse(first.metadata.recordedAt);
  return {
    events: await eventsBetween(after, await store.lastPosition()),
    seconds: Math.max(0, clock.now() - recordedAt) / 1000,
  };
};

/** A slice may hold nothing and still not be the last one. */
const firstBehind = async (
  { readAll }: Pick<EventStore, 'readAll'>,
  checkpoint: Position,
): Promise<StoredEvent | undefined> => {
  for (let after = checkpoint; ;) {
    const { events, position, isEnd } = await readAll({ after, categories: CATEGORIES, max: 1 });
    if (events.length > 0 || isEnd) return events[0];
    after = position;
  }
};
