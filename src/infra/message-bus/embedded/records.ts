import type { DatabaseSync } from 'node:sqlite';
import type { InRecord } from '../port.ts';
import { bytes, integer } from './column.ts';
import { headersOf } from './header-bytes.ts';
import type { Claimed } from './protocol.ts';

// What one poll brings per partition: enough to keep a reader busy, little enough to hold in memory.
const AT_ONCE = 100;
const BYTES_AT_ONCE = 1_000_000;

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
      key: row['key'] === null ? null : bytes(row['key']),
      value,
      headers: headersOf(bytes(row['headers'])),
    });
    size += value?.byteLength ?? 0;
    if (size > BYTES_AT_ONCE) break;
  }
  return records;
};
