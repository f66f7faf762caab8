import type { Context, Progress } from './context.ts';
import { readBatch } from './feed.ts';
import { foldSlices, SLICE } from './fold-slices.ts';
import type { Filling } from './fold-slices.ts';
import type { Follower } from './generations.ts';

type Pace = Pick<Filling, 'writeAfter'> & {
  /** Ends before the end of the log, once so many events were read. */
  readonly most?: number;
};

/**
 * Folds the log into these generations up to its end, some events a step. What was folded may still be being written
 * while what follows is read and folded; at the end, all is. Returns whether that is the end of the log.
 */
export async function* foldToEnd(
  { log, readStore }: Context,
  followers: readonly Follower[],
  progress: Progress,
  { most = Infinity, ...pace }: Pace = {},
): AsyncGenerator<void, boolean, void> {
  progress.phase = 'folding';
  let [left, hasEnded] = [most, true];
  const read: Filling['read'] = async (after) => {
    const slice = await readBatch(log, followers, { after, max: SLICE });
    left -= slice.events.length;
    hasEnded = slice.isEnd;
    return left > 0 ? slice : { ...slice, isEnd: true };
  };
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
  return hasEnded;
}
