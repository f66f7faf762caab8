import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { inTransaction } from '../../sqlite/transaction.ts';
import { LogDamaged, NewerLayout } from '../errors.ts';

const LAYOUT = 1;
// Beyond this the check would hold up a start for seconds; the chain still guards every read.
const CHECK_UP_TO_BYTES = 256 * 1024 * 1024;
const WAL_KEPT_BYTES = 64 * 1024 * 1024;

const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, head INTEGER NOT NULL) STRICT;
  CREATE TABLE types (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, schema_version TEXT NOT NULL, UNIQUE (name, schema_version)
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL REFERENCES streams (id),
    revision INTEGER NOT NULL,
    type_id INTEGER NOT NULL REFERENCES types (id),
    body BLOB NOT NULL,
    UNIQUE (stream_id, revision)
  ) STRICT;
`;

/**
 * Opens the log for its one writer and creates it where there is none. Nothing is checkpointed behind the
 * writer's back: a failed checkpoint must be seen, SQLite's own would swallow it.
 *
 * @throws NewerLayout, UnsafeDatabase
 */
export const openLog = (path: string): DatabaseSync => {
  const db = openDatabase(path, { check: sizeOf(path) <= CHECK_UP_TO_BYTES });
  try {
    db.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = ${String(WAL_KEPT_BYTES)}`);
    if (isEmpty(db)) create(db);
    checkLayout(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** @throws NewerLayout, LogDamaged */
export const checkLayout = (db: DatabaseSync): void => assertLayout(metaOf(db, 'layout'));

export const logIdOf = (db: DatabaseSync): string => metaOf(db, 'logId');

const create = (db: DatabaseSync): void => {
  inTransaction(db, () => {
    db.exec(TABLES);
    const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
    insert.run('layout', String(LAYOUT));
    insert.run('logId', randomUUID());
  });
};

const isEmpty = (db: DatabaseSync): boolean => db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;

const metaOf = (db: DatabaseSync, key: string): string => {
  const row = db.prepare('SELECT value FROM meta WHERE key = ?').get(key);
  if (typeof row?.['value'] !== 'string') throw new LogDamaged('meta', -1, `${key} is missing`);
  return row['value'];
};

const assertLayout = (found: string): void => {
  if (Number(found) > LAYOUT)
    throw new NewerLayout(`the log has layout ${found}, this version knows layouts up to ${String(LAYOUT)}`);
  if (Number(found) !== LAYOUT) throw new LogDamaged('meta', -1, `layout ${found} was never written`);
};

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
