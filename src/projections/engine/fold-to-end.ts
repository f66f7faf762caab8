import type { Position } from '../../infra/event-store/port.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import type { Context, Progress } from './context.ts';
import { FILL_BATCH, lowest, readBatch } from './feed.ts';
import type { Batch } from './fold-batch.ts';
import type { Part } from './fold-together.ts';
import { foldAll, writeAll } from './fold-together.ts';
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
  const lane = laneOf(readStore, followers);
  for (let after = lowest(followers); after !== undefined;) {
    const { events, position, isEnd } = await readBatch(log, followers, { after, max: FILL_BATCH });
    await lane.fold({ events, position });
    progress.events += events.length;
    progress.position = position;
    after = position;
    if (isEnd) break;
    yield;
  }
  await lane.done();
}

/**
 * One batch after the other; `fold` does not wait for its own batch to be written. A generation that a batch says
 * nothing to costs no write: its checkpoint is stored with the next one, or when all is done.
 */
export const laneOf = (store: ReadStore, followers: readonly Follower[]) => {
  /** Resolves to whether the last batch was stored as it was folded. */
  let writing: Promise<boolean> = Promise.resolve(true);
  const owed = new Set<Follower>();
  const write = async (parts: readonly Part[], position: Position): Promise<boolean> => {
    const changes = await writeAll(store, parts, position);
    return changes.every(({ changed }, at) => changed === parts[at]?.documents);
  };
  return {
    fold: async ({ events, position }: Batch): Promise<void> => {
      const behind = followers.filter(({ checkpoint }) => checkpoint < position);
      const parts = await foldAll(store, behind, events);
      // Folded on what the last batch had made: if some of that could not be stored, on the wrong documents.
      const isRight = await writing;
      const right = isRight ? parts : await foldAll(store, behind, events);
      const worthWriting = right.filter(({ documents }) => documents.length > 0);
      for (const follower of behind) {
        follower.checkpoint = position;
        owed.add(follower);
      }
      for (const { follower, documents } of worthWriting) {
        follower.recent.keep(documents);
        owed.delete(follower);
      }
      writing = worthWriting.length === 0 ? Promise.resolve(true) : write(worthWriting, position);
      // Whoever awaits it next sees the failure.
      writing.catch(() => undefined);
    },
    done: async (): Promise<void> => {
      await writing;
      for (const { slot, checkpoint } of owed) await store.write(slot, { documents: [], checkpoint });
      owed.clear();
    },
  };
};
