import type { DatabaseSync } from 'node:sqlite';
import { integer } from './column.ts';

// Overwriting what is deleted takes time; whoever publishes waits meanwhile.
const AT_ONCE = 2000;

/** Deletes records older than their topic keeps them, the oldest first. True when there are more to delete. */
export const expire = (db: DatabaseSync, now: number): boolean => {
  const rows = db
    .prepare(
      `SELECT p.topic_id, p.partition, p.next_offset, t.retention_ms FROM partitions p
       JOIN topics t ON t.id = p.topic_id WHERE t.retention_ms >= 0`,
    )
    .all();
  const deleted = rows.map((row) => {
    const place = [integer(row['topic_id']), integer(row['partition'])] as const;
    const kept = firstKept(db, place, now - integer(row['retention_ms'])) ?? integer(row['next_offset']);
    return deleteBefore(db, place, kept);
  });
  return deleted.includes(AT_ONCE);
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
