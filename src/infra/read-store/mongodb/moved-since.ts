import type { Position } from '../../event-store/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import type { Move } from '../../projector/port.ts';
import type { OpenSlot, Slots } from './slots.ts';

export type MovedSince = (
  known: ReadonlyMap<string, Position>,
  /** Whether anybody wants to know which documents changed. */
  isFollowed: (name: string) => boolean,
) => Promise<readonly Move[]>;

// More ids than this are not worth naming: whoever follows looks at the whole read model again.
const MOST_IDS = 1000;

/** Which live read models have moved on from where they were known to be, or were made anew: one read where none has. */
export const movedSince = ({ run }: Pick<MongoConnection, 'run'>, slots: Slots): MovedSince => {
  const seen = new Map<string, string>();
  return async (known, isFollowed) => {
    const moves: Move[] = [];
    const told = new Map<string, string>();
    for (const slot of await slots.allLive()) {
      const { name, checkpoint: position, making } = slot;
      const before = known.get(name);
      // Another generation, or documents folded again: no position tells which differ.
      const isAnew = seen.get(name) !== making;
      if (!hasMoved(position, before, isAnew)) continue;
      const after = isAnew || !isFollowed(name) ? undefined : before;
      moves.push({ name, position, ids: after === undefined ? null : await changedIds(run, slot, after) });
      told.set(name, making);
    }
    // Not before: where the look fails on its way, nobody hears of anything.
    for (const [name, making] of told) seen.set(name, making);
    return moves;
  };
};

const hasMoved = (
  position: Position | null,
  before: Position | undefined,
  isAnew: boolean,
): position is Position =>
  position !== null && (before === undefined || position > before || (isAnew && position === before));

const changedIds = async (
  run: MongoConnection['run'],
  { documents }: OpenSlot,
  after: Position,
): Promise<readonly string[] | null> => {
  const options = { projection: { _id: 1 }, limit: MOST_IDS + 1, maxTimeMS: 5000 };
  const found = await run(() => documents.find({ _pos: { $gt: after } }, options).toArray());
  return found.length > MOST_IDS ? null : found.map(({ _id }) => _id);
};
