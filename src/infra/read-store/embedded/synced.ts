import type { DatabaseSync } from 'node:sqlite';
import type { SlotRows } from '../operations.ts';
import type { Connection } from './connection.ts';
import type { Slots } from './slots.ts';
import { isUnsynced, markUnsynced } from './unsynced-file.ts';

type Write = () => void;

/** How a connection writes: outside of any transaction, the write is one by itself. */
export type SyncedBy = (
  connection: Connection,
  slots: Slots,
) => (batches: readonly SlotRows[], write: Write) => void;

/** Each commit waits for the disk, where the rest of the file does. */
export const always: SyncedBy =
  ({ db }) =>
  (_batches, write) => {
    asItsFile(db, write);
  };

/**
 * A commit does not wait for the disk where all of it goes into slots that are being filled: nobody is served from them
 * before they are sealed and switched to, by commits that do wait, for what came before them too; after a crash they are
 * dropped. For connections that do nothing but write.
 */
export const onceServed: SyncedBy = ({ db }, slots) => {
  let isLazy = false;
  return (batches, write) => {
    const mayBeLazy = isFilled(slots, batches);
    if (mayBeLazy !== isLazy) db.exec(`PRAGMA synchronous = ${mayBeLazy ? 'NORMAL' : 'FULL'}`);
    isLazy = mayBeLazy;
    write();
  };
};

/**
 * As `onceServed`, but where nobody is served from the whole file, its checkpoints do not wait either: a mark beside it says
 * so, until a switch has brought all of it to the disk (ADR 37).
 */
export const onceFileServes =
  (path: string): SyncedBy =>
  (connection, slots) => {
    const lazily = onceServed(connection, slots);
    const served = connection.prepare(SERVED);
    let isMarked = false;
    const marked = (): boolean => {
      if (isMarked) return isUnsynced(path);
      if (served.get() !== undefined) return false;
      markUnsynced(path);
      return true;
    };
    return (batches, write) => {
      isMarked = isFilled(slots, batches) && marked();
      lazily(batches, () => {
        if (isMarked) unsynced(connection.db, 'NORMAL', write);
        else asItsFile(connection.db, write);
      });
    };
  };

// What is live and empty can be made again as it is.
const SERVED = `SELECT 1 FROM generations JOIN slots ON slots.name = generations.name AND generation = live
  WHERE checkpoint IS NOT NULL LIMIT 1`;

const isFilled = (slots: Slots, batches: readonly SlotRows[]): boolean => {
  const slotOf = slots.known();
  return batches.every(({ slot }) => !slotOf(slot).isSealed);
};

/**
 * Does not wait where the rest of the file does not: the engine keeps to itself what fails while it copies the log after a
 * commit, and the switch would not be told again. For a connection whose commits wait otherwise.
 */
export const asItsFile = (db: DatabaseSync, write: Write): void => {
  if (isUnsynced(db.location())) unsynced(db, 'FULL', write);
  else write();
};

/** For this write only: a connection may be the last one to close, and then copies the write-ahead log as it is set. */
const unsynced = (db: DatabaseSync, usual: 'NORMAL' | 'FULL', write: Write): void => {
  db.exec('PRAGMA synchronous = OFF');
  try {
    write();
  } finally {
    db.exec(`PRAGMA synchronous = ${usual}`);
  }
};
