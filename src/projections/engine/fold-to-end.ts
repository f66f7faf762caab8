import type { ReadStore } from '../../infra/read-store/port.ts';
import { concernsOf } from './concern.ts';
import type { Context, Progress } from './context.ts';
import { foldInto, lowest, readBatch } from './feed.ts';
import type { Batch } from './fold-batch.ts';
import type { Follower } from './generations.ts';

/**
 * Folds the log into these generations up to its end, one batch a step. What was folded may still be being written
 * while the next batch is read and folded; at the end, all is.
 */
export async function* foldToEnd(
  { log, readStore }: Context,
  followers: readonly Follower[],
  progress: Progress,
): AsyncGenerator<void, void, void> {
  progress.phase = 'folding';
  const lanes = followers.map((follower) => laneOf(readStore, follower));
  for (let after = lowest(followers); after !== undefined;) {
    const { events, position, isEnd } = await readBatch(log, followers, after);
    for (const lane of lanes) await lane.fold({ events, position });
    progress.events += events.length;
    progress.position = position;
    after = position;
    if (isEnd) break;
    yield;
  }
  for (const lane of lanes) await lane.done();
}

/**
 * One batch after the other into one generation; `fold` does not wait for its own batch to be written. A batch that
 * says nothing to it costs no write: its checkpoint is stored with the next, or when all is done.
 */
const laneOf = (readStore: ReadStore, follower: Follower) => {
  let folding: Promise<unknown> = Promise.resolve();
  let isOwed = false;
  return {
    done: async (): Promise<void> => {
      await folding;
      const { slot, checkpoint } = follower;
      if (isOwed) await readStore.write(slot, { documents: [], checkpoint });
      isOwed = false;
    },
    fold: async (batch: Batch): Promise<void> => {
      await folding;
      if (follower.checkpoint >= batch.position) return;
      isOwed = concernsOf(follower.projection, batch.events).size === 0;
      if (isOwed) {
        follower.checkpoint = batch.position;
        return;
      }
      folding = foldInto(readStore, follower, batch);
      // Whoever awaits it next sees the failure.
      folding.catch(() => undefined);
    },
  };
};
