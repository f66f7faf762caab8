import { setImmediate as turn } from 'node:timers/promises';
import type { Position } from '../../infra/event-store/port.ts';
import type { ProjectorLog } from '../../infra/projector/port.ts';
import type { ReadStore, Slot } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import { foldSlices, SLICE } from './fold-slices.ts';
import type { Follower } from './generations.ts';
import { follow } from './generations.ts';

// Each document is written once anyway: the sooner, the fewer of them become old.
const WRITE_AFTER = 512;

type Deps = {
  readonly log: ProjectorLog;
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
};

type Way = { readonly signal: AbortSignal; readonly onFolded: (position: Position) => void };

/**
 * The share of a fill that another thread folds (see `foldInShares`): from the generations' checkpoints to the end of the
 * log. Lets messages in between two slices; ends early where the signal aborts.
 */
export const foldShare = async (
  { log, readStore, projections }: Deps,
  slots: readonly Slot[],
  { signal, onFolded }: Way,
): Promise<void> => {
  const followers: Follower[] = [];
  for (const { name, generation } of slots) {
    const projection = projections.find(({ spec }) => spec.name === name);
    if (projection === undefined) throw new RangeError(`there is no projection ${name}`);
    followers.push(await follow(readStore, projection, generation));
  }
  // All of it: to leave out what is of another category costs the store as much as to make events of it.
  const read = (after: Position) => log.readAll({ after, max: SLICE });
  for await (const { position } of foldSlices({
    store: readStore,
    followers,
    read,
    writeAfter: WRITE_AFTER,
  })) {
    onFolded(position);
    await turn();
    if (signal.aborted) return;
  }
};
