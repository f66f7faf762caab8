import type { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '../partition-of.ts';
import type { InRecord, OutRecord } from '../port.ts';
import { bytes, integer } from './column.ts';
import { headerBytes, headersOf } from './header-bytes.ts';
import type { BusReply, Claimed } from './protocol.ts';
import type { Topic } from './topics.ts';
import { topicNamed } from './topics.ts';

// What one poll brings per partition: enough to keep a reader busy, little enough to hold in memory.
const AT_ONCE = 100;
const BYTES_AT_ONCE = 1_000_000;

/** Writes all of them or, where one has no topic, none. */
export const publish = (db: DatabaseSync, records: readonly OutRecord[], now: number): BusReply => {
  const topics = new Map<string, Topic>();
  for (const { topic } of records) {
    const found = topics.get(topic) ?? topicNamed(db, topic);
    if (found === undefined) return { kind: 'unknown_topic', topic };
    topics.set(topic, found);
  }
  const write = recordWriter(db, now);
  for (const record of records) {
    const topic = topics.get(record.topic);
    if (topic) write(topic, record);
  }
  return { kind: 'done' };
};

const recordWriter = (db: DatabaseSync, now: number) => {
  const take = db.prepare(
    `UPDATE partitions SET next_offset = next_offset + 1 WHERE topic_id = ? AND partition = ?
     RETURNING next_offset - 1 AS offset`,
  );
  const insert = db.prepare(
    `INSERT INTO records (topic_id, partition, offset, timestamp, headers, key, value) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return (topic: Topic, { key, value, headers }: OutRecord): void => {
    const keyBytes = Buffer.from(key);
    const partition = partitionOf(keyBytes, topic.partitions);
    const offset = integer(take.get(topic.id, partition)?.['offset']);
    insert.run(topic.id, partition, offset, now, headerBytes(headers), keyBytes, value);
  };
};

export const recordsFrom = (
  db: DatabaseSync,
  { topic, partition, position }: Claimed,
): readonly InRecord[] => {
  const rows = db
    .prepare(
      `SELECT offset, timestamp, headers, key, value FROM records
       WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ? AND offset >= ?
       ORDER BY offset LIMIT ?`,
    )
    .iterate(topic, partition, position, AT_ONCE);
  const records: InRecord[] = [];
  let size = 0;
  for (const row of rows) {
    const value = row['value'] === null ? null : bytes(row['value']);
    records.push({
      topic,
      partition,
      offset: String(integer(row['offset'])),
      timestamp: integer(row['timestamp']),
      key: bytes(row['key']),
      value,
      headers: headersOf(bytes(row['headers'])),
    });
    size += value?.byteLength ?? 0;
    if (size > BYTES_AT_ONCE) break;
  }
  return records;
};
