import { setImmediate as turn } from 'node:timers/promises';
import type { AllSlice, Position, StoredEvent } from '../../infra/event-store/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { ProjectorLog } from '../../infra/projector/port.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import { foldSlices, SLICE } from './fold-slices.ts';
import { beginFilling, follow, makeLive } from './generations.ts';
import type { Follower } from './generations.ts';
import { lowest } from './feed.ts';

type Deps = {
  readonly log: Pick<ProjectorLog, 'readAll'>;
  /** Empty, or as an earlier call has left it. */
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
  /** Events at once, 1 to 4096: fewer where others wait for the thread meanwhile. */
  readonly batch?: number;
};

type Way = {
  /** A position the log has reached. */
  readonly upTo: Position;
  readonly signal?: AbortSignal;
  /** After every batch: how many events it had, and when the last of them was recorded. */
  readonly onBatch: (events: number, recordedAt: string | null) => void;
};

/**
 * Brings read models to exactly this position of the log, from wherever they are before it, and makes them those that
 * are queried. @throws the signal's reason; then they are good for nothing.
 */
export const foldUpTo = async (deps: Deps, way: Way): Promise<void> => {
  const { readStore, projections } = deps;
  way.signal?.throwIfAborted();
  const followers: Follower[] = [];
  for (const projection of projections) followers.push(await takenUp(readStore, projection));
  if ((lowest(followers) ?? way.upTo) < way.upTo) await brought(deps, followers, way);
  for (const follower of followers) await queried(readStore, follower);
};

const brought = async (
  { log, readStore, batch = SLICE }: Deps,
  followers: readonly Follower[],
  { upTo, signal, onBatch }: Way,
): Promise<void> => {
  const read = async (after: Position) => cutAt(upTo, await log.readAll({ after, max: batch }));
  let told: Position = START;
  for await (const { events, position } of foldSlices({ store: readStore, followers, read })) {
    // What is folded again is not told again.
    if (position > told) {
      onBatch(events.length, lastRecorded(events));
      told = position;
    }
    // The stores may answer without leaving the thread: let messages in.
    await turn();
    signal?.throwIfAborted();
  }
};

const lastRecorded = (events: readonly StoredEvent[]): string | null =>
  events.at(-1)?.metadata.recordedAt ?? null;

const takenUp = async (readStore: ReadStore, projection: Projection): Promise<Follower> => {
  const { live } = await readStore.generations(projection.spec.name);
  return live === null ? beginFilling(readStore, projection) : follow(readStore, projection, live);
};

const queried = async (readStore: ReadStore, follower: Follower): Promise<void> => {
  const { name, generation } = follower.slot;
  if ((await readStore.generations(name)).live === generation) return;
  await readStore.seal(follower.projection.spec, generation);
  await makeLive(readStore, follower);
};

/** A slice that ends at a position: no later event, and nothing left to look at before it where the log has ended. */
const cutAt = (end: Position, { events, position, isEnd }: AllSlice): AllSlice => {
  const isAll = isEnd || position >= end;
  return {
    events: events.filter((event) => event.position <= end),
    position: isAll ? end : position,
    isEnd: isAll,
  };
};
