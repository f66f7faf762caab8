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

/** Which live read models have moved on from where they were known to be: one read where none has. */
export const movedSince =
  ({ run }: Pick<MongoConnection, 'run'>, slots: Slots): MovedSince =>
  async (known, isFollowed) => {
    const moves: Move[] = [];
    for (const slot of await slots.allLive()) {
      const { name, checkpoint: position } = slot;
      const before = known.get(name);
      if (position === null || position <= (before ?? '')) continue;
      const ids = before === undefined || !isFollowed(name) ? null : await changedIds(run, slot, before);
      moves.push({ name, position, ids });
    }
    return moves;
  };

const changedIds = async (
  run: MongoConnection['run'],
  { documents }: OpenSlot,
  after: Position,
): Promise<readonly string[] | null> => {
  const options = { projection: { _id: 1 }, limit: MOST_IDS + 1, maxTimeMS: 5000 };
  const found = await run(() => documents.find({ _pos: { $gt: after } }, options).toArray());
  return found.length > MOST_IDS ? null : found.map(({ _id }) => _id);
};
