import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Position } from '../event-store/port.ts';
import { make } from './make.ts';
import type { MakeDeps } from './make.ts';
import { createShelf } from './shelf.ts';
import type { Build } from './shelf.ts';

export type BuildDeps = MakeDeps & {
  /** Of this process alone; removed in the end. */
  readonly directory: string;
  readonly onTrouble: (error: unknown) => void;
};

const AT_ONCE = 2;

/** What is made and being made. A build that failed is not among them any more. */
export const createBuilds = (deps: BuildDeps) => {
  const shelf = createShelf(deps.onTrouble);
  const turns = createTurns(AT_ONCE);
  const stopping = new AbortController();
  const { signal } = stopping;
  let number = 0;
  const begin = (position: Position, onMade: () => void): Build => {
    const directory = join(deps.directory, String((number += 1)));
    const progress = { isBegun: false, events: 0, recordedAt: null };
    const nearest = () => shelf.nearest(position);
    const onFailure = (): void => {
      shelf.drop(build);
    };
    const plan = { position, directory, progress, signal, nearest, onFailure };
    const done = turns.run(async () => {
      build.made = await make(deps, plan);
      onMade();
      return build.made.readStore;
    });
    const build: Build = { position, directory, progress, done, made: null, users: 0 };
    shelf.put(build);
    done.catch((error: unknown) => {
      if (!signal.aborted) deps.onTrouble(error);
      shelf.drop(build);
    });
    return build;
  };
  const close = async (): Promise<void> => {
    stopping.abort(new Error('the past is not asked any more'));
    await Promise.allSettled([...shelf.kept.values()].map(({ done }) => done));
    for (const build of [...shelf.kept.values()]) shelf.drop(build);
    await shelf.cleared();
    await rm(deps.directory, { recursive: true, force: true });
  };
  return { kept: shelf.kept, touch: shelf.put, drop: shelf.drop, begin, close };
};

/** Does so many things at a time; the others wait, in the order they came. */
const createTurns = (atOnce: number) => {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  const turn = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return {
    run: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      await turn();
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
};
