import type { Position } from '../event-store/port.ts';
import { createBuilds } from './builds.ts';
import type { BuildDeps } from './builds.ts';
import type { PastStore, PastStores } from './port.ts';
import type { Build } from './shelf.ts';

type Deps = BuildDeps & {
  /** What is kept beyond it goes, the longest unused first; never what is in use, or what was used last. */
  readonly maxBytes: number;
};

const MOST_OPEN = 8;
/** Being made or waiting for that. */
const MOST_UNMADE = 10;
const NOT_BEGUN = { kind: 'building', isBegun: false, events: 0, recordedAt: null } as const;

/**
 * Past read models as files in a directory of this process alone, made from the log or from the nearest earlier ones
 * that are kept: two at a time, eight more may wait.
 */
export const pastStores = (deps: Deps): PastStores => {
  const builds = createBuilds(deps);
  const { kept } = builds;
  const trim = (): void => {
    for (const build of [...kept.values()].slice(0, -1))
      if (isUnused(build) && isOver(kept, deps.maxBytes)) builds.drop(build);
  };
  const found = (position: Position): Build | undefined => {
    const known = kept.get(position);
    if (known !== undefined) builds.touch(known);
    else if (unmade(kept) >= MOST_UNMADE) return undefined;
    return known ?? builds.begin(position, trim);
  };
  return {
    at: async (position, signal): Promise<PastStore> => {
      const build = found(position);
      if (build === undefined) return NOT_BEGUN;
      const release = (): void => {
        build.users -= 1;
        trim();
      };
      build.users += 1;
      try {
        const readStore = await withinSignal(build.done, signal);
        if (readStore !== undefined) return { kind: 'ready', readStore, release };
      } catch (error) {
        release();
        throw error;
      }
      release();
      return { kind: 'building', ...build.progress };
    },
    close: builds.close,
  };
};

type Kept = ReturnType<typeof createBuilds>['kept'];

const isUnused = ({ users, made }: Build): boolean => users === 0 && made !== null;

const unmade = (kept: Kept): number => [...kept.values()].filter(({ made }) => made === null).length;

const isOver = (kept: Kept, maxBytes: number): boolean => {
  const made = [...kept.values()].flatMap((build) => build.made ?? []);
  const bytes = made.reduce((sum, one) => sum + one.bytes, 0);
  return made.length > MOST_OPEN || bytes > maxBytes;
};

/** The result, or undefined where the signal aborts first. @throws what the work throws before that. */
const withinSignal = async <Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | undefined> => {
  const ended = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    const give = (): void => {
      resolve(undefined);
    };
    // Work that is done counts, also where the signal has aborted before.
    if (signal.aborted) setImmediate(give);
    signal.addEventListener('abort', give, { signal: ended.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    ended.abort();
  }
};
