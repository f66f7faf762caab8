import type { DatabaseSync } from 'node:sqlite';
import { isPassing } from '../../sqlite/errors.ts';
import { integer } from './column.ts';

// Overwriting what is deleted takes time; whoever publishes waits meanwhile.
const AT_ONCE = 200;

/** What retention takes away is soon gone from the file and from its WAL, every copy of it. */
export type Expiry = {
  /** Deletes records older than their topic keeps them, the oldest first. True when there are more to delete. */
  readonly expire: (now: number) => boolean;
  /** Cuts the WAL and rewrites the file where that is due; to be called outside of transactions. */
  readonly clean: () => void;
};

export const expiryIn = (db: DatabaseSync): Expiry => {
  // A process before this one may have been killed in between.
  let isDirty = true;
  let dueAt: number | undefined;
  return {
    expire: (now) => {
      const deleted = expired(db, now);
      if (deleted.some((count) => count > 0)) {
        isDirty = true;
        noteSlack(db, now);
      }
      if (isDirty || isOver(db, now)) dueAt = now;
      return deleted.includes(AT_ONCE);
    },
    clean: () => {
      if (dueAt === undefined) return;
      const now = dueAt;
      dueAt = undefined;
      // Where somebody else reads the file, or the disk is full, it is tried again with the next look for old records.
      isDirty = !isDone(() => {
        if (isOver(db, now)) rewrite(db);
        return isWalCut(db);
      });
    },
  };
};

const isDone = (work: () => boolean): boolean => {
  try {
    return work();
  } catch (error) {
    if (!isPassing(error)) throw error;
    return false;
  }
};

const isWalCut = (db: DatabaseSync): boolean =>
  db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0;

/** How many records went, for each partition. */
const expired = (db: DatabaseSync, now: number): readonly number[] => {
  const rows = db
    .prepare(
      `SELECT p.topic_id, p.partition, p.next_offset, t.retention_ms FROM partitions p
       JOIN topics t ON t.id = p.topic_id WHERE t.retention_ms >= 0`,
    )
    .all();
  return rows.map((row) => {
    const place = [integer(row['topic_id']), integer(row['partition'])] as const;
    const kept = firstKept(db, place, now - integer(row['retention_ms'])) ?? integer(row['next_offset']);
    return deleteBefore(db, place, kept);
  });
};

const firstKept = (db: DatabaseSync, place: readonly [number, number], since: number): number | undefined => {
  const row = db
    .prepare(
      `SELECT offset FROM records WHERE topic_id = ? AND partition = ? AND timestamp >= ? ORDER BY offset LIMIT 1`,
    )
    .get(...place, since);
  return row && integer(row['offset']);
};

const deleteBefore = (db: DatabaseSync, place: readonly [number, number], offset: number): number =>
  Number(
    db
      .prepare(
        `DELETE FROM records WHERE id IN (
           SELECT id FROM records WHERE topic_id = ? AND partition = ? AND offset < ? ORDER BY offset LIMIT ?
         )`,
      )
      .run(...place, offset, AT_ONCE).changes,
  );

// When SQLite rebalances its tree it moves rows and leaves copies of them in the unused part of pages, which
// `secure_delete` does not reach: a record that was deleted since may still be readable there. Only writing the whole
// file anew takes them away, which blocks the bus: so not at each deletion.
const LONGEST_MS = 3_600_000;

/** In the transaction of a deletion: from now on copies of what was deleted may be left. */
const noteSlack = (db: DatabaseSync, now: number): void => {
  db.prepare("INSERT OR IGNORE INTO meta (key, value) VALUES ('slackSince', ?)").run(String(now));
};

/** Whether copies were left for as long as they may be. */
const isOver = (db: DatabaseSync, now: number): boolean => {
  const since = db.prepare("SELECT value FROM meta WHERE key = 'slackSince'").get()?.['value'];
  return since !== undefined && now - Number(since) >= LONGEST_MS;
};

/** Writes the file anew without its free pages. Takes as long as the file is large; not within a transaction. */
const rewrite = (db: DatabaseSync): void => {
  db.exec('VACUUM');
  db.exec("DELETE FROM meta WHERE key = 'slackSince'");
};
