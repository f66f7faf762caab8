import type { DatabaseSync } from 'node:sqlite';
import { detailOf } from '../../sqlite/errors.ts';
import { inTransaction } from '../../sqlite/transaction.ts';

/** How far one follower has carried its effects. */
export type Mark = { readonly follower: string; readonly position: number };

// Not part of the layout number: a version that does not know the table leaves it alone.
const TABLE = `
  CREATE TABLE IF NOT EXISTS followers (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** The table of followers' checkpoints, in the log's own file. */
export const followersIn = (db: DatabaseSync) => {
  db.exec(TABLE);
  const upsert = db.prepare(`
    INSERT INTO followers (name, position) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position WHERE excluded.position > followers.position
  `);
  return {
    all: (): readonly Mark[] =>
      db
        .prepare('SELECT name, position FROM followers')
        .all()
        .map(({ name, position }) => ({ follower: String(name), position: Number(position) })),
    /** Saves all in one commit; undefined, or why it did not work: then none is saved. */
    save: (marks: readonly Mark[]): string | undefined => {
      if (marks.length === 0) return undefined;
      try {
        inTransaction(db, () => {
          for (const { follower, position } of marks) upsert.run(follower, position);
        });
        return undefined;
      } catch (error) {
        return detailOf(error);
      }
    },
  };
};
