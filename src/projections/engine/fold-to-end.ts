import type { Context, Progress } from './context.ts';
import { readBatch } from './feed.ts';
import { foldSlices, SLICE } from './fold-slices.ts';
import type { Filling } from './fold-slices.ts';
import type { Follower } from './generations.ts';

/**
 * Folds the log into these generations up to its end, some events a step. What was folded may still be being written
 * while what follows is read and folded; at the end, all is.
 */
export async function* foldToEnd(
  { log, readStore }: Context,
  followers: readonly Follower[],
  progress: Progress,
  pace: Pick<Filling, 'writeAfter'> = {},
): AsyncGenerator<void, void, void> {
  progress.phase = 'folding';
  const read: Filling['read'] = (after) => readBatch(log, followers, { after, max: SLICE });
  const filling: Filling = { store: readStore, followers, read, ...pace };
  for await (const { events, position, isEnd } of foldSlices(filling)) {
    // What is folded again is not counted again.
    if (position > progress.position) {
      progress.events += events.length;
      progress.position = position;
    }
    // What is live must not move on between the end and a switch, which would take readers back.
    if (!isEnd) yield;
  }
}
