import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase, UnsafeDatabase } from '../../sqlite/open.ts';
import { inTransaction } from '../../sqlite/transaction.ts';

const LAYOUT = 3;

/** The file is of a newer version (exit code 78). */
class NewerBus extends Error {
  override readonly name = 'NewerBus';
}

const RECORDS = `CREATE TABLE records (
    id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
    timestamp INTEGER NOT NULL, headers BLOB NOT NULL, key BLOB, value BLOB,
    UNIQUE (topic_id, partition, offset)
  ) STRICT;`;

const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE topics (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL, retention_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE partitions (
    topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic_id, partition)
  ) STRICT, WITHOUT ROWID;
  ${RECORDS}
  CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE offsets (
    group_name TEXT NOT NULL, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, next_offset INTEGER NOT NULL,
    PRIMARY KEY (group_name, topic_id, partition)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE members (
    group_name TEXT NOT NULL, member TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    beats INTEGER NOT NULL, topics TEXT NOT NULL, PRIMARY KEY (group_name, member)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE claims (
    group_name TEXT NOT NULL, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, member TEXT NOT NULL,
    PRIMARY KEY (group_name, topic_id, partition)
  ) STRICT, WITHOUT ROWID;
`;

/**
 * Opens the bus, which other processes may have open too, and creates it where there is none.
 *
 * @throws NewerBus, UnsafeDatabase
 */
export const openBus = (path: string): DatabaseSync => {
  const db = openDatabase(path);
  try {
    // What retention took away must not be left in free pages.
    db.exec('PRAGMA secure_delete = ON');
    inTransaction(db, () => {
      if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) create(db);
      if (metaOf(db, 'layout') === '1') allowNoKey(db);
      if (metaOf(db, 'layout') === '2') allowChunks(db);
    });
    assertLayout(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/**
 * Looks at the `bus.db` of a directory, if there is one, so that a start can be refused: later on a bus that cannot be
 * opened is only waited for.
 *
 * @throws NewerBus, UnsafeDatabase, what SQLite throws
 */
export const assertKnownBus = (dataDir: string): void => {
  const path = join(dataDir, 'bus.db');
  if (!existsSync(path)) return;
  const db = openDatabase(path);
  try {
    assertLayout(db);
  } finally {
    db.close();
  }
};

/** Nothing of one that was cut off while it was made. @throws NewerBus, UnsafeDatabase */
const assertLayout = (db: DatabaseSync): void => {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) return;
  const layout = metaOf(db, 'layout');
  if (!/^[1-9]\d*$/.test(layout)) throw new UnsafeDatabase(`bus.db: layout ${layout} was never written`);
  if (Number(layout) > LAYOUT)
    throw new NewerBus(`bus.db has layout ${layout}, this version knows layouts up to ${LAYOUT}`);
};

export const busIdOf = (db: DatabaseSync): string => metaOf(db, 'busId');

const create = (db: DatabaseSync): void => {
  db.exec(TABLES);
  const insert = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  insert.run('layout', '2');
  insert.run('busId', randomUUID());
};

/** In layout 1 every record had a key. */
const allowNoKey = (db: DatabaseSync): void => {
  db.exec(
    `ALTER TABLE records RENAME TO keyed; ${RECORDS} INSERT INTO records SELECT * FROM keyed; DROP TABLE keyed`,
  );
  db.exec(`UPDATE meta SET value = '2' WHERE key = 'layout'`);
};

/**
 * In layout 2 every record had a row of its own, and those that are there keep it. A row that says a count holds so
 * many records in its value, and the offset of the last of them.
 */
const allowChunks = (db: DatabaseSync): void => {
  db.exec(`ALTER TABLE records ADD COLUMN count INTEGER; UPDATE meta SET value = '3' WHERE key = 'layout'`);
};

const metaOf = (db: DatabaseSync, key: string): string => {
  const value = db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.['value'];
  if (typeof value !== 'string') throw new UnsafeDatabase(`bus.db lacks its ${key}`);
  return value;
};
