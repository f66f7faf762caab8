import type { AllSlice, Position } from '../../infra/event-store/port.ts';
import type { ProjectorLog } from '../../infra/projector/port.ts';
import type { ReadStore, StoredDocument } from '../../infra/read-store/port.ts';
import type { Batch } from './fold-batch.ts';
import { foldBatch } from './fold-batch.ts';
import type { Follower } from './generations.ts';

export type Stores = { readonly log: ProjectorLog; readonly readStore: ReadStore };

export type Fed = {
  /** Events read, whoever wanted them. */
  readonly events: number;
  /** Those that have moved, each with the documents that changed. */
  readonly moved: readonly { readonly follower: Follower; readonly changed: readonly StoredDocument[] }[];
  /** The end of the log as it was has been reached. */
  readonly isEnd: boolean;
};

// The most the log gives at once: behind, batches are that large; live, they are what has come in since.
const BATCH = 4096;

/** Reads one batch behind the lowest checkpoint and folds it into every generation that is not past it. */
export const feed = async ({ log, readStore }: Stores, followers: readonly Follower[]): Promise<Fed> => {
  const after = lowest(followers);
  if (after === undefined) return { events: 0, moved: [], isEnd: true };
  const { events, position, isEnd } = await readBatch(log, followers, after);
  const moved = [];
  for (const follower of followers) {
    if (follower.checkpoint >= position) continue;
    moved.push({ follower, changed: await foldInto(readStore, follower, { events, position }) });
  }
  return { events: events.length, moved, isEnd };
};

/** The next batch behind a position, as far as these generations need it. */
export const readBatch = (
  log: ProjectorLog,
  followers: readonly Follower[],
  after: Position,
): Promise<AllSlice> => log.readAll({ after, max: BATCH, ...onlyFor(followers) });

/** Folds a batch into one generation; the documents that changed. */
export const foldInto = async (
  readStore: ReadStore,
  follower: Follower,
  batch: Batch,
): Promise<readonly StoredDocument[]> => {
  const changed = await foldBatch(readStore, follower, batch);
  follower.checkpoint = batch.position;
  noteBlocked(follower, changed);
  return changed;
};

const noteBlocked = ({ blocked }: Follower, changed: readonly StoredDocument[]): void => {
  for (const document of changed) {
    if (document.blocked === null) blocked.delete(document.id);
    else blocked.add(document.id);
  }
};

export const lowest = (followers: readonly Follower[]): Position | undefined =>
  followers.map(({ checkpoint }) => checkpoint).reduce<string | undefined>(lower, undefined);

const lower = (a: string | undefined, b: string): string => (a === undefined || b < a ? b : a);

/** A single generation need not see what its projection has no use for. */
const onlyFor = (followers: readonly Follower[]): { readonly categories?: readonly string[] } => {
  const [only, another] = followers;
  return only === undefined || another !== undefined ? {} : { categories: only.projection.categories };
};
