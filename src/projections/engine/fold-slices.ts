import type { AllSlice, Position } from '../../infra/event-store/port.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import { DocumentRefused } from '../../infra/read-store/port.ts';
import { checkedBodies } from './checked-bodies.ts';
import { lowest } from './feed.ts';
import { fillLane } from './fill-lane.ts';
import type { Follower } from './generations.ts';

export type Filling = {
  readonly store: ReadStore;
  readonly followers: readonly Follower[];
  /** A few events behind a position: what is read at once has to be in memory at once. */
  readonly read: (after: Position) => Promise<AllSlice>;
  /** Events whose documents are written at once, roughly. Default 2048. */
  readonly writeAfter?: number;
};

/** What is read at once. */
export const SLICE = 256;
const WRITE_AFTER = 2048;

/**
 * Folds slice after slice into these generations until one is the end, and yields each; then all is written. Where a
 * document cannot be stored, what followed it was folded on the wrong one: from what was written last, all is folded
 * again, with bodies that are checked one by one.
 */
export async function* foldSlices(filling: Filling): AsyncGenerator<AllSlice, void, void> {
  const written = new Map(filling.followers.map((follower) => [follower, follower.checkpoint]));
  try {
    yield* pass(filling, false, written);
  } catch (error) {
    if (!(error instanceof DocumentRefused)) throw error;
    for (const [follower, checkpoint] of written) {
      follower.recent.forget();
      follower.checkpoint = checkpoint;
    }
    yield* pass(filling, true, written);
  }
}

async function* pass(
  { store, followers, read, writeAfter = WRITE_AFTER }: Filling,
  isChecked: boolean,
  written: Map<Follower, Position>,
): AsyncGenerator<AllSlice, void, void> {
  const onWritten = (position: Position): void => {
    for (const [follower, checkpoint] of written) if (checkpoint < position) written.set(follower, position);
  };
  const prepared = isChecked ? { prepared: checkedBodies } : {};
  const lane = fillLane({ store, followers, writeAfter, onWritten, ...prepared });
  for (let after = lowest(followers); after !== undefined;) {
    const slice = await read(after);
    await lane.fold(slice.events, slice.position);
    yield slice;
    if (slice.isEnd) break;
    after = slice.position;
  }
  await lane.done();
}
