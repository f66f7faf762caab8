import type { DatabaseSync } from 'node:sqlite';

// When SQLite rebalances its tree it moves rows and leaves copies of them in the unused part of pages, which
// `secure_delete` does not reach: a record that was deleted since may still be readable there. Only writing the whole
// file anew takes them away, which blocks the bus: so not at each deletion.
const LONGEST_MS = 3_600_000;

/** In the transaction of a deletion: from now on copies of what was deleted may be left. */
export const noteSlack = (db: DatabaseSync, now: number): void => {
  db.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('slackSince', ?)").run(String(now));
};

/** Whether copies were left for as long as they may be. */
export const isOver = (db: DatabaseSync, now: number): boolean => {
  const since = db.prepare("SELECT value FROM meta WHERE key = 'slackSince'").get()?.['value'];
  return since !== undefined && now - Number(since) >= LONGEST_MS;
};

/** Writes the file anew without its free pages. Takes as long as the file is large; not within a transaction. */
export const rewrite = (db: DatabaseSync): void => {
  db.exec('VACUUM');
  db.exec("DELETE FROM meta WHERE key = 'slackSince'");
};
