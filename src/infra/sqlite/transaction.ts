import type { DatabaseSync } from 'node:sqlite';

/**
 * All of it is written or nothing. Waits for another writer as long as the connection does.
 *
 * @throws what the work throws, and what SQLite does: then nothing is written
 */
export const inTransaction = <Result>(db: DatabaseSync, work: () => Result): Result => {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk makes the engine roll back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};
