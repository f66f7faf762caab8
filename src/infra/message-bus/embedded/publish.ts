import type { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '../partition-of.ts';
import { integer } from './column.ts';
import { unpackRecords } from './packed-records.ts';
import type { PackedRecords } from './packed-records.ts';
import type { BusReply } from './protocol.ts';
import { statementOf } from './statements.ts';
import type { Topic } from './topics.ts';
import { topicNamed } from './topics.ts';

const NO_KEY = Buffer.alloc(0);
// Enough for the cost of a row to vanish, little enough for a reader who wants one record of them.
const CHUNK_BYTES = 64 * 1024;

/** Writes all records or, where one has no topic, none. */
export const publisherTo = (db: DatabaseSync): ((packed: PackedRecords, now: number) => BusReply) => {
  const placeIn = placesIn(db);
  return (packed, now) => {
    const topics: TopicPlaces[] = [];
    for (const name of packed.topics) {
      const topic = topicNamed(db, name);
      if (topic === undefined) return { kind: 'unknown_topic', topic: name };
      topics.push(placesOf(topic, (partition) => placeIn(topic.id, partition, now)));
    }
    for (const { topic, key, bytes } of unpackRecords(packed)) topics[topic]?.of(key).add(bytes);
    for (const topic of topics) topic.end();
    return { kind: 'done' };
  };
};

type Place = {
  readonly add: (record: Buffer) => void;
  /** Writes what is not written yet. */
  readonly end: () => void;
};

type TopicPlaces = { readonly of: (key: Uint8Array | null) => Place; readonly end: () => void };

/** Only the partitions that get something. */
const placesOf = ({ partitions }: Topic, placeIn: (partition: number) => Place): TopicPlaces => {
  const places: (Place | undefined)[] = [];
  return {
    of: (key) => {
      const partition = partitionOf(key ?? NO_KEY, partitions);
      return (places[partition] ??= placeIn(partition));
    },
    end: () => {
      for (const place of places) place?.end();
    },
  };
};

/** Partitions while one call writes to them: each is read once and written once, its records lie together in few rows. */
const placesIn = (db: DatabaseSync) => {
  const read = statementOf(db, 'SELECT next_offset FROM partitions WHERE topic_id = ? AND partition = ?');
  const write = statementOf(db, 'UPDATE partitions SET next_offset = ? WHERE topic_id = ? AND partition = ?');
  const insert = statementOf(
    db,
    `INSERT INTO records (topic_id, partition, offset, timestamp, headers, value, count)
     VALUES (?, ?, ?, ?, x'', ?, ?)`,
  );
  return (topicId: number, partition: number, now: number): Place => {
    let next = integer(read.get(topicId, partition)?.['next_offset']);
    let chunk: Buffer[] = [];
    let bytes = 0;
    const flush = (): void => {
      next += chunk.length;
      // By the last of them, so that what a reader wants is in the first row from there on.
      insert.run(topicId, partition, next - 1, now, Buffer.concat(chunk, bytes), chunk.length);
      chunk = [];
      bytes = 0;
    };
    return {
      add: (record) => {
        if (chunk.length > 0 && bytes + record.length > CHUNK_BYTES) flush();
        bytes += record.length;
        chunk.push(record);
      },
      end: () => {
        flush();
        write.run(next, topicId, partition);
      },
    };
  };
};
