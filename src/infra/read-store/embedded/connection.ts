import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';

export type Connection = {
  readonly db: DatabaseSync;
  /** Compiles once; a text that was not used for long is compiled again. */
  readonly prepare: (sql: string) => StatementSync;
};

const STATEMENTS = 500;

export const connectionTo = (db: DatabaseSync): Connection => {
  const statements = new LRUCache<string, StatementSync>({ max: STATEMENTS });
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = db.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return { db, prepare };
};

/** All of it is written or nothing; waits for another writer. */
export const inTransaction = <Result>(connection: Connection, work: () => Result): Result =>
  between(connection, 'BEGIN IMMEDIATE', work);

/** Reads one state of the file, whatever is written meanwhile. */
export const inSnapshot = <Result>(connection: Connection, work: () => Result): Result =>
  between(connection, 'BEGIN', work);

const between = <Result>({ db, prepare }: Connection, begin: string, work: () => Result): Result => {
  prepare(begin).run();
  try {
    const result = work();
    prepare('COMMIT').run();
    return result;
  } catch (error) {
    // A full disk makes the engine roll back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};
