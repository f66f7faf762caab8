import type { DatabaseSync } from 'node:sqlite';
import type { Header, InRecord } from '../port.ts';
import { bytes, integer } from './column.ts';
import { NUMBER_BYTES } from './packed-records.ts';
import type { Claimed } from './protocol.ts';
import { readRecord } from './record-bytes.ts';
import { statementOf } from './statements.ts';

// What one poll brings per partition: enough to keep a reader busy, little enough to hold in memory.
const AT_ONCE = 100;
const BYTES_AT_ONCE = 1_000_000;

/** The next records of a claimed partition, by offset: up to 100, and no more behind the first 1 MB; empty at its end. */
export const recordsFrom = (
  db: DatabaseSync,
  { topic, partition, position }: Claimed,
): readonly InRecord[] => {
  const rows = statementOf(
    db,
    `SELECT offset, timestamp, headers, key, value, count FROM records
     WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ? AND offset >= ?
     ORDER BY offset LIMIT ?`,
  ).iterate(topic, partition, position, AT_ONCE);
  const records: InRecord[] = [];
  let size = 0;
  for (const row of rows) {
    const timestamp = integer(row['timestamp']);
    for (const { offset, ...record } of recordsIn(row)) {
      if (offset < position) continue;
      records.push({ topic, partition, offset: String(offset), timestamp, ...record });
      size += record.value?.byteLength ?? 0;
      if (records.length === AT_ONCE || size > BYTES_AT_ONCE) return records;
    }
  }
  return records;
};

type Row = Readonly<Record<string, unknown>>;
type Placed = Pick<InRecord, 'key' | 'headers' | 'value'> & { readonly offset: number };

const recordsIn = (row: Row): Iterable<Placed> => (row['count'] === null ? [single(row)] : chunk(row));

function* chunk(row: Row): Generator<Placed> {
  const { buffer, byteOffset, byteLength } = bytes(row['value']);
  const stored = Buffer.from(buffer, byteOffset, byteLength);
  let offset = integer(row['offset']) - integer(row['count']) + 1;
  for (let at = 0; at < stored.length; offset += 1) {
    const start = at + NUMBER_BYTES;
    yield { offset, ...readRecord(stored, start) };
    at = start + stored.readUInt32BE(at);
  }
}

/** As layout 2 stored a record, in a row of its own. */
const single = (row: Row): Placed => ({
  offset: integer(row['offset']),
  key: row['key'] === null ? null : bytes(row['key']),
  headers: headersOf(bytes(row['headers'])),
  value: row['value'] === null ? null : bytes(row['value']),
});

/** As layout 2 stored headers: for each the length of its name, the name, the length of its value, the value. */
const headersOf = (stored: Uint8Array): readonly Header[] => {
  const buffer = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const headers: Header[] = [];
  let at = 0;
  const next = (): Buffer => {
    const from = at + NUMBER_BYTES;
    at = from + buffer.readUInt32BE(at);
    return buffer.subarray(from, at);
  };
  while (at < buffer.length) headers.push([next().toString(), new Uint8Array(next())]);
  return headers;
};
