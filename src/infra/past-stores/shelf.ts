import { rm } from 'node:fs/promises';
import type { Position } from '../event-store/port.ts';
import type { ReadStore } from '../read-store/port.ts';
import type { Made, Plan } from './make.ts';

/** Read models of one position, made or being made. */
export type Build = {
  readonly position: Position;
  readonly directory: string;
  readonly progress: Plan['progress'];
  readonly done: Promise<ReadStore>;
  /** Null while it is being made. */
  made: Made | null;
  /** Who asks it or waits for it: it stays while there are any. */
  users: number;
};

/** Builds by position, the one used last at the end. */
export const createShelf = (onTrouble: (error: unknown) => void) => {
  const kept = new Map<Position, Build>();
  const removals = new Set<Promise<void>>();
  return {
    kept: { values: () => kept.values(), get: (position: Position) => kept.get(position) },
    put: (build: Build): void => {
      kept.delete(build.position);
      kept.set(build.position, build);
    },
    /** Closes and removes it; what is not there any more is left as it is. */
    drop: (build: Build): void => {
      if (kept.get(build.position) !== build) return;
      kept.delete(build.position);
      const removal = removed(build).catch(onTrouble);
      removals.add(removal);
      void removal.then(() => removals.delete(removal));
    },
    /** Resolves once everything that was dropped is gone. */
    cleared: async (): Promise<void> => {
      await Promise.all(removals);
    },
    /** The latest that is made and earlier. Counts as used until it is let go. */
    nearest: (position: Position): ReturnType<Plan['nearest']> => {
      const [found] = [...kept.values()]
        .filter((build) => build.made !== null && build.position < position)
        .sort((a, b) => (a.position > b.position ? -1 : 1));
      return found === undefined ? undefined : used(found);
    },
  };
};

const removed = async ({ made, directory }: Build): Promise<void> => {
  await made?.readStore.close();
  await rm(directory, { recursive: true, force: true });
};

const used = (build: Build) => {
  build.users += 1;
  return {
    directory: build.directory,
    letGo: (): void => {
      build.users -= 1;
    },
  };
};
