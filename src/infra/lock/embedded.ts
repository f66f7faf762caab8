import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../disk/make-directory.ts';
import { makeFile } from '../disk/make-file.ts';
import { named, primaryOf } from '../sqlite/errors.ts';

/** Another process works on this data directory (exit code 75). */
export class DataDirLocked extends Error {
  override readonly name = 'DataDirLocked';

  constructor(dataDir: string) {
    super(`${dataDir} is in use by another Skald process: stop that one, or choose another DATA_DIR`);
  }
}

export type DataDirLock = { readonly release: () => void };

const BUSY = 5;

/**
 * Takes the data directory for this process, at once or not at all; makes it where it is missing. The operating
 * system gives the lock back when the process ends, however it ends, so there is no stale lock to clean up.
 *
 * @throws DataDirLocked
 */
export const lockDataDir = (dataDir: string): DataDirLock => {
  makeDirectory(dataDir);
  const path = join(dataDir, 'lock.db');
  const db = lockFile(path);
  try {
    // Not WAL: there an exclusive transaction lets others in to read.
    db.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    throw primaryOf(error) === BUSY ? new DataDirLocked(dataDir) : named(error, path);
  }
  return {
    release: () => {
      if (db.isOpen) db.close();
    },
  };
};

const lockFile = (path: string): DatabaseSync => {
  try {
    makeFile(path);
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw named(error, path);
  }
};
