// A projector over a log in memory, started and stopped as often as a test likes.
import { onTestFinished, vi } from 'vitest';
import type { Job, Move } from '../../src/infra/projector/port.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import type { ReadStore, StoredDocument } from '../../src/infra/read-store/port.ts';
import { collectionDigest, documentText } from '../../src/projections/engine/document-hash.ts';
import { createProjector } from '../../src/projections/engine/projector.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { freshDirectory } from './fresh-directory.ts';
import type { MemoryLog } from './memory-log.ts';

export type Stage = {
  readonly log: MemoryLog;
  readonly readStore: ReadStore;
  readonly projections: readonly Projection[];
};

const WAIT = { timeout: 5000, interval: 1 };

export const projecting = (stage: Stage) => {
  const abort = new AbortController();
  const moves: Move[] = [];
  const engine = createProjector({
    ...stage,
    clock: { now: () => performance.now() },
    onMoved: (some) => moves.push(...some),
  });
  let failure: unknown;
  const running = engine.run(abort.signal).catch((error: unknown) => {
    failure = error;
  });
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
  };
  onTestFinished(stop);
  const until = (condition: () => boolean): Promise<void> =>
    vi.waitFor(() => {
      if (condition()) return;
      throw new Error(`still waiting: ${JSON.stringify(engine.states())}`, { cause: failure });
    }, WAIT);
  const jobOf = (name: string): Job | null =>
    engine.states().find((state) => state.name === name)?.job ?? null;
  return {
    engine,
    moves,
    stop,
    until,
    jobOf,
    /** What the projector ended with, once it has ended by itself. */
    ended: async (): Promise<unknown> => {
      await running;
      return failure;
    },
    caughtUp: async (): Promise<void> => {
      engine.logMoved();
      const end = await stage.log.lastPosition();
      await until(() => engine.states().every(({ position, job }) => position === end && isAtRest(job)));
    },
    resultOf: async (name: string) => {
      await until(() => isAtRest(jobOf(name)));
      return jobOf(name)?.result ?? null;
    },
  };
};

const isAtRest = (job: Job | null): boolean => job === null || job.phase === 'done';

/** The embedded store on a fresh file, closed when the running test ends. */
export const freshReadStore = (): ReadStore => {
  const store = openReadStore({ dataDir: freshDirectory() });
  onTestFinished(store.close);
  return store;
};

/** Every document of the live generation, tombstones included. */
export const documentsOf = async (store: ReadStore, name: string): Promise<readonly StoredDocument[]> => {
  const { live } = await store.generations(name);
  return live === null ? [] : store.scan({ name, generation: live }, null, 5000);
};

export const digestOf = async (store: ReadStore, name: string): Promise<string> => {
  const digest = collectionDigest();
  for (const document of await documentsOf(store, name)) digest.add(document.id, documentText(document));
  return digest.text();
};

export const bodiesOf = async (store: ReadStore, name: string) =>
  Object.fromEntries((await documentsOf(store, name)).map(({ id, body }) => [id, body]));
