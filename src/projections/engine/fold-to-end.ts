import type { Context, Progress } from './context.ts';
import { feed } from './feed.ts';
import type { Follower } from './generations.ts';

/** Folds the log into these generations up to its end, one batch a step. */
export async function* foldToEnd(
  context: Context,
  followers: readonly Follower[],
  progress: Progress,
): AsyncGenerator<void, void, void> {
  progress.phase = 'folding';
  for (;;) {
    const { events, isEnd } = await feed(context, followers);
    progress.events += events;
    progress.position = followers[0]?.checkpoint ?? progress.position;
    if (isEnd) return;
    yield;
  }
}
