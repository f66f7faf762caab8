import type { AllSlice, Position } from '../../infra/event-store/port.ts';
import type { ProjectorLog } from '../../infra/projector/port.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import type { Changed } from './fold-together.ts';
import { foldAll, writeAll } from './fold-together.ts';
import type { Follower } from './generations.ts';
import { markBatch } from './log-mark.ts';
import type { MarkedLog } from './log-mark.ts';

export type Stores = { readonly log: ProjectorLog; readonly readStore: ReadStore };
export type MarkedStores = Stores & { readonly log: MarkedLog };

export type Fed = {
  /** Events read, whoever wanted them. */
  readonly events: number;
  /** Those that have moved, each with the documents that changed. */
  readonly moved: readonly Changed[];
  /** The end of the log as it was has been reached. */
  readonly isEnd: boolean;
};

// The most at once; live, a batch is what has come in since.
const BATCH = 1024;

/** Reads one batch behind the lowest checkpoint and folds it into every generation that is not past it. */
export const feed = async (
  { log, readStore }: MarkedStores,
  followers: readonly Follower[],
): Promise<Fed> => {
  const after = lowest(followers);
  if (after === undefined) return { events: 0, moved: [], isEnd: true };
  const { events, position, isEnd } = await readBatch(log, followers, { after, max: BATCH });
  const behind = followers.filter(({ checkpoint }) => checkpoint < position);
  const parts = await foldAll(readStore, behind, events);
  const mark = markBatch(log.lastRead(), position);
  const moved = behind.length === 0 ? [] : await writeAll(readStore, parts, position, mark);
  for (const { follower, changed } of moved) {
    follower.recent.keep(changed);
    follower.recent.age();
  }
  return { events: events.length, moved, isEnd };
};

/** The next batch behind a position, as far as these generations need it. */
export const readBatch = (
  log: ProjectorLog,
  followers: readonly Follower[],
  next: { readonly after: Position; readonly max: number },
): Promise<AllSlice> => log.readAll({ ...next, ...onlyFor(followers) });

export const lowest = (followers: readonly Follower[]): Position | undefined =>
  followers.map(({ checkpoint }) => checkpoint).reduce<string | undefined>(lower, undefined);

const lower = (a: string | undefined, b: string): string => (a === undefined || b < a ? b : a);

/** A single generation need not see what its projection has no use for. */
const onlyFor = (followers: readonly Follower[]): { readonly categories?: readonly string[] } => {
  const [only, another] = followers;
  return only === undefined || another !== undefined ? {} : { categories: only.projection.categories };
};
