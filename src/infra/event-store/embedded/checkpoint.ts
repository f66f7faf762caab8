import type { DatabaseSync } from 'node:sqlite';
import { detailOf } from '../../sqlite/errors.ts';
import { writeFailureOf } from './sqlite-error.ts';

// SQLite's own default; larger means fewer checkpoints and a longer start after a crash.
const FRAMES = 1000;
// A commit writes a few frames: to look after each costs more than to be a little late.
const LOOK_EVERY = 16;

/**
 * Copies the WAL into the file once it is long enough, after the commits' replies are on their way. Answers what
 * went wrong where the file's state is unknown afterwards; a full or busy one is simply tried again later.
 */
export const checkpoints = (db: DatabaseSync): (() => string | undefined) => {
  const look = db.prepare('PRAGMA wal_checkpoint(NOOP)');
  const copy = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  let commits = 0;
  return () => {
    commits += 1;
    if (commits % LOOK_EVERY !== 0) return undefined;
    try {
      const { log, checkpointed } = look.get() ?? {};
      if (Number(log) - Number(checkpointed) >= FRAMES) copy.get();
      return undefined;
    } catch (error) {
      return writeFailureOf(error) === 'fatal' ? detailOf(error) : undefined;
    }
  };
};
