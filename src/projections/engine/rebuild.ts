import type { JobResult } from '../../infra/projector/port.ts';
import { adopt } from './adopt.ts';
import { comparing } from './compare.ts';
import type { Context, Progress } from './context.ts';
import { foldToEnd } from './fold-to-end.ts';
import type { Follower } from './generations.ts';
import { beginFilling, makeLive } from './generations.ts';
import { findBlocked } from './refold.ts';

/** What becomes of the new generation: dropped, or switched to where it is equal, or in any case. */
export type RebuildMode = 'verify' | 'if-equal' | 'accept-changes';

/**
 * Folds the whole log into a new generation beside the live one and compares them. The live one goes on being
 * updated; both stand at the same position whenever documents are compared, and at the switch.
 */
export async function* rebuild(
  context: Context,
  live: Follower,
  mode: RebuildMode,
  progress: Progress,
): AsyncGenerator<void, JobResult, void> {
  const { readStore, shadows } = context;
  const made = await beginFilling(readStore, live.projection);
  progress.generation = made.slot.generation;
  yield* foldToEnd(context, [made], progress);
  progress.phase = 'indexing';
  if (needsIndexes(made, mode)) await readStore.seal(made.projection.spec, made.slot.generation);
  shadows.add(made);
  try {
    progress.phase = 'comparing';
    const compared = comparing(readStore, live.slot, made.slot);
    do yield;
    while (made.checkpoint !== live.checkpoint || !(await compared.step()));
    const comparison = compared.result(live.checkpoint);
    progress.position = live.checkpoint;
    if (mode === 'accept-changes' || (mode === 'if-equal' && comparison.isEqual)) {
      await makeLive(readStore, made);
      adopt(context, made);
      return { kind: 'switched', comparison };
    }
    await readStore.drop(made.slot);
    return { kind: mode === 'verify' ? 'verified' : 'kept', comparison };
  } finally {
    shadows.delete(made);
  }
}

/** Nobody queries what is only checked, but it is compared by id. */
const needsIndexes = ({ projection }: Follower, mode: RebuildMode): boolean =>
  mode !== 'verify' || projection.spec.isWrittenOnce === true;

/** Brings a generation that was live before up to date and switches to it. */
export async function* rollback(
  context: Context,
  previous: Follower,
  progress: Progress,
): AsyncGenerator<void, JobResult, void> {
  progress.generation = previous.slot.generation;
  await findBlocked(context, previous);
  yield* foldToEnd(context, [previous], progress);
  await makeLive(context.readStore, previous);
  adopt(context, previous);
  return { kind: 'switched', comparison: null };
}
