import type { JobResult } from '../../infra/projector/port.ts';
import type { Projection } from '../projection.ts';
import type { Context, Progress } from './context.ts';
import { foldInShares } from './fold-in-shares.ts';
import { foldToEnd } from './fold-to-end.ts';
import type { Follower } from './generations.ts';
import { beginFilling, dropOfAnotherLog, makeLive } from './generations.ts';
import { adopt } from './adopt.ts';
import { renewMark } from './log-mark.ts';

/**
 * Fills projections that have no generation of this version, all of them in one pass over the log, and makes
 * them live. A generation of another version goes on being served meanwhile, as it is.
 */
export async function* fill(
  context: Context,
  projections: readonly Projection[],
  progress: Progress,
): AsyncGenerator<void, JobResult, void> {
  const followers: Follower[] = [];
  for (const projection of projections) followers.push(await beginFilling(context.readStore, projection));
  progress.generation = followers[0]?.slot.generation ?? null;
  yield* foldInShares(context, followers, progress);
  progress.phase = 'indexing';
  for (const { projection, slot } of followers) {
    await context.readStore.seal(projection.spec, slot.generation);
    yield;
  }
  yield* foldToEnd(context, followers, progress);
  for (const follower of followers) {
    await makeLive(context.readStore, follower);
    adopt(context, follower);
  }
  // Before the mark: cut off in between, all of it is done again.
  for (const follower of followers) await dropOfAnotherLog(context.readStore, follower);
  await renewMark(context.readStore, context.log.lastRead());
  return { kind: 'switched', comparison: null };
}
