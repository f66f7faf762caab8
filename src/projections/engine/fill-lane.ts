import { START } from '../../infra/event-store/port.ts';
import type { Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { ReadStore, StoredDocument } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import { foldAll, noteBlocked } from './fold-together.ts';
import type { Follower } from './generations.ts';
import { unwrittenOf } from './unwritten.ts';

type Lane = {
  /** Folds events up to a position; they are written later, while others are being folded. */
  readonly fold: (events: readonly StoredEvent[], position: Position) => Promise<void>;
  /** Writes what is left; resolves when all is written. */
  readonly done: () => Promise<void>;
};

type LaneOptions = {
  readonly store: ReadStore;
  readonly followers: readonly Follower[];
  /** Documents are written once so many events have been folded: fewer writes of one document, and of what finds it. */
  readonly writeAfter: number;
  readonly prepared?: (projection: Projection) => Projection;
  /** Told when all up to a position is written. */
  readonly onWritten: (position: Position) => void;
};

/**
 * Folds into generations that nobody sees yet, a few events at a time, so that little of them is left in memory, and
 * writes many documents at once. @throws DocumentRefused; what was not told to be written is then to be folded anew
 */
export const fillLane = (options: LaneOptions): Lane => {
  const { store, followers, writeAfter, prepared } = options;
  const waiting = waitingFor(options);
  let writing: Promise<void> = Promise.resolve();
  let [events, reached] = [0, START];
  const flush = async (): Promise<void> => {
    await writing;
    events = 0;
    for (const { recent } of followers) recent.age();
    writing = waiting.write(reached);
    // Whoever awaits it next sees the failure.
    writing.catch(() => undefined);
  };
  return {
    fold: async (slice, position) => {
      const behind = followers.filter(({ checkpoint }) => checkpoint < position);
      for (const { follower, documents } of await foldAll(store, behind, slice, prepared)) {
        waiting.add(follower, documents);
        follower.recent.keep(documents);
        follower.checkpoint = position;
      }
      reached = position;
      events += slice.length;
      if (events >= writeAfter) await flush();
    },
    done: async () => {
      await flush();
      await writing;
      await waiting.writeCheckpoints();
    },
  };
};

/**
 * What waits to be written. A generation that a write says nothing to costs none: its checkpoint is stored with the
 * next one, or with `writeCheckpoints`.
 */
const waitingFor = ({ store, followers, onWritten }: LaneOptions) => {
  const unwritten = new Map(followers.map((follower) => [follower, unwrittenOf(follower.projection.spec)]));
  const owed = new Set<Follower>();
  return {
    add: (follower: Follower, documents: readonly StoredDocument[]): void => {
      unwritten.get(follower)?.add(documents);
      owed.add(follower);
    },
    // Not by `await`: documents would stay in memory for as long as they are being written, and so become old.
    write: (checkpoint: Position): Promise<void> => {
      const parts = [...unwritten]
        .map(([follower, { take }]) => ({ follower, documents: take() }))
        .filter(({ documents }) => documents.length > 0);
      for (const { follower } of parts) owed.delete(follower);
      const batches = parts.map(({ follower: { slot }, documents }) => ({ slot, documents, checkpoint }));
      // Before it is written: nobody looks at a generation that is being filled, and folded again, it blocks the same.
      for (const { follower, documents } of parts) noteBlocked(follower, documents);
      const written = batches.length === 0 ? Promise.resolve() : store.writeAll(batches);
      return written.then(() => onWritten(checkpoint));
    },
    writeCheckpoints: async (): Promise<void> => {
      const batches = [...owed].map(({ slot, checkpoint }) => ({ slot, documents: [], checkpoint }));
      if (batches.length > 0) await store.writeAll(batches);
      owed.clear();
    },
  };
};
