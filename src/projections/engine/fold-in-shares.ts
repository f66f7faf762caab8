import type { ShareFolder } from '../../infra/projector/port.ts';
import type { Context, Progress } from './context.ts';
import { foldToEnd } from './fold-to-end.ts';
import type { Follower } from './generations.ts';
import { findBlocked } from './refold.ts';

/**
 * Folds the log into generations that are being filled, to its end as each share finds it: another thread, where there is
 * one, folds those whose documents are written once, which need nothing but the log.
 */
export async function* foldInShares(
  context: Context,
  followers: readonly Follower[],
  progress: Progress,
): AsyncGenerator<void, void, void> {
  const theirs = followers.filter(isWrittenOnce);
  const ours = followers.filter((follower) => !isWrittenOnce(follower));
  const { shareFolder } = context;
  if (shareFolder === undefined || theirs.length === 0 || ours.length === 0) {
    yield* foldToEnd(context, followers, progress);
    return;
  }
  const hasEnded = yield* foldToEnd(context, followers, progress, { most: shareFolder.least });
  if (hasEnded) return;
  await shareFolder.begin(theirs.map(({ slot }) => slot));
  yield* foldToEnd(context, ours, progress);
  yield* untilDone(shareFolder, progress);
  for (const follower of theirs) await caughtUp(context, follower);
}

const isWrittenOnce = ({ projection }: Follower): boolean => projection.spec.isWrittenOnce === true;

/** What is behind is what the job tells. */
async function* untilDone({ state }: ShareFolder, progress: Progress): AsyncGenerator<void, void, void> {
  const ours = progress.position;
  for (;;) {
    const { position, isDone } = await state();
    progress.position = isDone || position > ours ? ours : position;
    if (isDone) return;
    yield;
  }
}

/** Takes over what another thread has stored. */
const caughtUp = async (context: Context, follower: Follower): Promise<void> => {
  follower.checkpoint = (await context.readStore.checkpoint(follower.slot)) ?? follower.checkpoint;
  await findBlocked(context, follower);
};
