import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { connectionTo, inTransaction } from './connection.ts';
import { numberIn, textIn } from './document-rows.ts';
import { DamagedFile, isDamage, isFatal } from './failures.ts';
import { isUnsynced, realFile, unmarkUnsynced } from './unsynced-file.ts';

/** Why the file starts empty: every projection has to be folded again. */
export type Recreated = 'missing' | 'other-layout' | 'damaged' | 'unfinished';

export type ReadFile = { readonly db: DatabaseSync; readonly recreated: Recreated | undefined };

const LAYOUT = 3;
// Beyond this the check would hold up a start; what is damaged is noticed when it is used, and can be made again.
const CHECK_UP_TO_BYTES = 32 * 1024 * 1024;
const CACHE_KIB = 32 * 1024;
// Of documents of one to four kilobytes, smaller pages would hold one each, half empty.
const PAGE_BYTES = 8192;
// Index pages change with every batch: the longer the WAL, the fewer times each is copied into the file.
const WAL_PAGES = 4000;
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

// Slot numbers are never used twice: a statement compiled for a dropped one can meet no other.
const TABLES = `
  CREATE TABLE slots (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, generation INTEGER NOT NULL, spec TEXT NOT NULL,
    is_sealed INTEGER NOT NULL DEFAULT 0, checkpoint TEXT, UNIQUE (name, generation)
  ) STRICT;
  CREATE TABLE generations (
    name TEXT PRIMARY KEY, live INTEGER, previous INTEGER, filling INTEGER
  ) STRICT, WITHOUT ROWID;
`;

/** For who writes many documents at once and looks for few: what lies in memory then is rarely asked for again. */
export const LARGE_WRITE_CACHE_KIB = 8 * 1024;

/** Opens `read.db` for writing. One of another layout, older or newer, is emptied in place. */
export const openReadFile = (path: string, cacheKib = CACHE_KIB): ReadFile => {
  const isMissing = sizeOf(path) === 0;
  const db = openDatabase(path, { pageBytes: PAGE_BYTES });
  try {
    db.exec(`PRAGMA secure_delete = ON; PRAGMA cache_size = -${cacheKib}`);
    db.exec(`PRAGMA wal_autocheckpoint = ${WAL_PAGES}; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`);
    const isNew = inTransaction(connectionTo(db), () => createWhereNeeded(db));
    if (!isNew) return { db, recreated: undefined };
    return { db, recreated: isMissing ? 'missing' : 'other-layout' };
  } catch (error) {
    db.close();
    throw error;
  }
};

/**
 * As `openReadFile`, but a damaged file is moved to `read.db.damaged` (over an older one) and begun anew; one that was
 * being filled, and may never have reached the disk, is dropped. Only for the first to open it, before any other connection.
 */
export const openSoundReadFile = (path: string): ReadFile => {
  const file = isUnsynced(path) ? openedInPlaceOf(path) : openedOrAnew(path);
  rmSync(markOf(path), { force: true });
  return file;
};

const openedInPlaceOf = (path: string): ReadFile => {
  // A link to it stays: whoever made it has the room there.
  const real = realFile(path);
  removeAll(real);
  unmarkUnsynced(real);
  return { db: openReadFile(path).db, recreated: 'unfinished' };
};

const openedOrAnew = (path: string): ReadFile => {
  try {
    return openChecked(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    moveAside(path);
    return { db: openReadFile(path).db, recreated: 'damaged' };
  }
};

/** Does `work`; where it meets damage, the next to open the file soundly begins it anew, whatever its size. */
export const markingDamage = <Result>(path: string, work: () => Result): Result => {
  try {
    return work();
  } catch (error) {
    // What failed to reach the disk may be told once only, and be lost all the same.
    if (isDamage(error) || (isFatal(error) && isUnsynced(path))) mark(path);
    throw error;
  }
};

const mark = (path: string): void => {
  try {
    writeFileSync(markOf(path), '');
  } catch {
    // As on a full disk: what was met is told all the same.
  }
};

/** Whether damage was met in the file of this directory since it was opened soundly. */
export const isSpoilt = (dataDir: string): boolean => existsSync(markOf(join(dataDir, 'read.db')));

const markOf = (path: string): string => `${path}.spoilt`;

const openChecked = (path: string): ReadFile => {
  if (existsSync(markOf(path)) && sizeOf(path) > 0) throw new DamagedFile('damage was met in it');
  const isChecked = sizeOf(path) <= CHECK_UP_TO_BYTES;
  const file = openReadFile(path);
  try {
    const found = isChecked
      ? textIn(file.db.prepare('PRAGMA quick_check(1)').get() ?? {}, 'quick_check')
      : 'ok';
    if (found !== 'ok') throw new DamagedFile(found);
    return file;
  } catch (error) {
    file.db.close();
    throw error;
  }
};

const createWhereNeeded = (db: DatabaseSync): boolean => {
  const found = numberIn(db.prepare('PRAGMA user_version').get() ?? {}, 'user_version');
  if (found === LAYOUT) return false;
  const tables = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
  );
  for (const row of tables.all()) db.exec(`DROP TABLE "${textIn(row, 'name').replaceAll('"', '""')}"`);
  db.exec(`${TABLES} PRAGMA user_version = ${LAYOUT}`);
  return true;
};

/** Of a directory that nobody has open: the next to open it begins anew. */
export const dropReadFile = (dataDir: string): void => {
  removeAll(join(dataDir, 'read.db'));
};

const removeAll = (path: string): void => {
  removeLog(path);
  rmSync(path, { force: true });
};

const removeLog = (path: string): void => {
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
};

const moveAside = (path: string): void => {
  removeLog(path);
  renameSync(path, `${path}.damaged`);
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
