import { DatabaseSync } from 'node:sqlite';
import { makeFile } from '../disk/make-file.ts';
import { named } from './errors.ts';

export type OpenOptions = {
  /** The connection refuses every write; the file must exist. */
  readonly readOnly?: boolean;
  /** Of a file that is made by this: a power of two from 512 to 65,536. Default 4096. */
  readonly pageBytes?: number;
  /** Runs `quick_check`, which reads the whole file: seconds per gigabyte. */
  readonly check?: boolean;
};

/** The file or the engine beneath it cannot be trusted with data: do not go on. */
export class UnsafeDatabase extends Error {
  override readonly name = 'UnsafeDatabase';
}

// Older versions can corrupt a WAL that two connections write or checkpoint at once.
const OLDEST_SAFE = [3, 51, 3] as const;
const FULL = 2;
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens a database the way every file of Skald is opened: WAL, `synchronous=FULL`,
 * foreign keys, untrusted schema, defensive mode. Blocks the thread: a disk may be slow.
 *
 * @throws UnsafeDatabase when a setting does not hold or the file is damaged.
 */
export const openDatabase = (path: string, options: OpenOptions = {}): DatabaseSync => {
  try {
    return opened(path, options);
  } catch (error) {
    throw named(error, path);
  }
};

const opened = (path: string, options: OpenOptions): DatabaseSync => {
  const readOnly = options.readOnly ?? false;
  if (!readOnly) makeFile(path);
  const db = new DatabaseSync(path, {
    readOnly,
    defensive: true,
    enableForeignKeyConstraints: true,
    enableDoubleQuotedStringLiterals: false,
    timeout: BUSY_TIMEOUT_MS,
  });
  try {
    // Before anything is in the file; later it changes nothing.
    if (options.pageBytes !== undefined) db.exec(`PRAGMA page_size = ${String(options.pageBytes)}`);
    configure(db, readOnly);
    assertSafe(db, options.check ?? false);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

const configure = (db: DatabaseSync, readOnly: boolean): void => {
  if (!readOnly) db.exec('PRAGMA journal_mode = WAL');
  db.exec('PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
};

const assertSafe = (db: DatabaseSync, check: boolean): void => {
  const version = String(valueOf(db, 'SELECT sqlite_version()'));
  if (isOlder(version)) throw new UnsafeDatabase(`SQLite ${version} is older than ${OLDEST_SAFE.join('.')}`);
  assertPragma(db, 'journal_mode', 'wal');
  assertPragma(db, 'synchronous', FULL);
  assertPragma(db, 'foreign_keys', 1);
  assertPragma(db, 'trusted_schema', 0);
  if (check) assertPragma(db, 'quick_check', 'ok');
};

const assertPragma = (db: DatabaseSync, name: string, wanted: string | number): void => {
  const found = valueOf(db, `PRAGMA ${name}`);
  if (found !== wanted) throw new UnsafeDatabase(`PRAGMA ${name} is ${String(found)}, not ${String(wanted)}`);
};

const valueOf = (db: DatabaseSync, sql: string): unknown => Object.values(db.prepare(sql).get() ?? {})[0];

const isOlder = (version: string): boolean => {
  const parts = version.split('.').map(Number);
  const at = OLDEST_SAFE.findIndex((wanted, index) => (parts[index] ?? 0) !== wanted);
  return at !== -1 && (parts[at] ?? 0) < (OLDEST_SAFE[at] ?? 0);
};
