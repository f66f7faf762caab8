import type { DatabaseSync } from 'node:sqlite';
import { detailOf, writeFailureOf } from './sqlite-error.ts';

// SQLite's own default; larger means fewer checkpoints and a longer start after a crash.
const FRAMES = 1000;

/**
 * Copies the WAL into the file once it is long enough, after the commits' replies are on their way. Answers what
 * went wrong where the file's state is unknown afterwards; a full or busy one is simply tried again later.
 */
export const checkpoints = (db: DatabaseSync): (() => string | undefined) => {
  const look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  const copy = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return () => {
    try {
      const { log, checkpointed } = look.get() ?? {};
      if (Number(log) - Number(checkpointed) >= FRAMES) copy.get();
      return undefined;
    } catch (error) {
      return writeFailureOf(error) === 'fatal' ? detailOf(error) : undefined;
    }
  };
};
