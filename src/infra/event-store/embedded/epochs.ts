import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../../sqlite/open.ts';
import { inTransaction } from '../../sqlite/transaction.ts';
import type { Epoch } from '../port.ts';
import { toPosition } from './position.ts';

// Not part of the layout number: a version that does not know the table leaves it alone.
const TABLE = `
  CREATE TABLE IF NOT EXISTS epochs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, after INTEGER NOT NULL
  ) STRICT;
`;

/** Oldest first; none in a log that was never put back to an earlier state. */
export const epochsIn = (db: DatabaseSync): readonly Epoch[] => {
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'epochs'").get() === undefined) return [];
  return db
    .prepare('SELECT id, after FROM epochs ORDER BY number')
    .all()
    .map(({ id, after }) => ({ id: String(id), after: toPosition(Number(after)) }));
};

/** What is written from now on is not what stood at these positions before. In a log that nobody has open. @throws UnsafeDatabase */
export const beginEpoch = (path: string): void => {
  const db = openDatabase(path);
  try {
    beginEpochIn(db);
  } finally {
    db.close();
  }
};

/** As `beginEpoch`. */
export const beginEpochIn = (db: DatabaseSync): void => {
  inTransaction(db, () => {
    db.exec(TABLE);
    db.prepare('INSERT INTO epochs (id, after) SELECT ?, ifnull(max(position), 0) FROM events').run(
      randomUUID(),
    );
  });
};
