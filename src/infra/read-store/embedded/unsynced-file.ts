import { closeSync, existsSync, fsyncSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { syncDirectory } from '../../disk/sync-directory.ts';
import { numberIn } from './document-rows.ts';

/** The file itself where its name is a link: the engine knows no other name, and puts its log beside it. */
export const realFile = (path: string): string => (existsSync(path) ? realpathSync.native(path) : path);

const markOf = (path: string): string => `${realFile(path)}.unsynced`;

/** Whether some of a file may be in memory only: after a loss of power nothing in it can be trusted. */
export const isUnsynced = (path: string | null): path is string => path !== null && existsSync(markOf(path));

/** Says so beside the file, on the disk before this returns. @throws what the disk throws */
export const markUnsynced = (path: string): void => {
  const wasMarked = isUnsynced(path);
  try {
    makeMark(markOf(path));
  } catch (error) {
    if (!wasMarked) rmSync(markOf(path), { force: true });
    throw error;
  }
};

const makeMark = (mark: string): void => {
  const file = openSync(mark, 'w', 0o600);
  try {
    writeSync(file, Buffer.from('filled without waiting for the disk\n'), 0, null, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  syncDirectory(dirname(mark));
};

/** Takes the mark away, on the disk before this returns; of what was removed before, nothing comes back after it. */
export const unmarkUnsynced = (path: string): void => {
  const mark = markOf(path);
  syncDirectory(dirname(mark));
  rmSync(mark, { force: true });
  syncDirectory(dirname(mark));
};

/**
 * Brings all of a file that nobody else writes to onto the disk, then takes its mark away. The engine does it: closing
 * another descriptor of the file would let go of the locks that this process has on it. @throws what the disk throws
 */
export const makeSynced = (db: DatabaseSync, path: string): void => {
  // A checkpoint that finds nothing to copy flushes nothing: not what an earlier one has copied, either.
  const version = numberIn(db.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
  const pages = numberIn(db.prepare('PRAGMA wal_autocheckpoint').get() ?? {}, 'wal_autocheckpoint');
  // Nor may this commit's own copy it: what fails there is told to nobody.
  db.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
  try {
    db.exec(`PRAGMA user_version = ${String(version)}`);
    checkpointWhole(db, path);
  } finally {
    db.exec(`PRAGMA wal_autocheckpoint = ${String(pages)}`);
  }
  unmarkUnsynced(path);
};

const checkpointWhole = (db: DatabaseSync, path: string): void => {
  const done = db.prepare('PRAGMA wal_checkpoint(FULL)').get() ?? {};
  // Short of its end it does not flush.
  if (numberIn(done, 'busy') !== 0 || numberIn(done, 'checkpointed') !== numberIn(done, 'log'))
    throw new Error(`${path}: readers keep it from being brought to the disk`);
};
