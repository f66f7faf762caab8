import type { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '../partition-of.ts';
import { integer } from './column.ts';
import { unpackRecords } from './packed-records.ts';
import type { PackedRecords } from './packed-records.ts';
import type { BusReply } from './protocol.ts';
import type { Topic } from './topics.ts';
import { topicNamed } from './topics.ts';

const NO_KEY = Buffer.alloc(0);

/** Writes all records or, where one has no topic, none. */
export const publisherTo = (db: DatabaseSync): ((packed: PackedRecords, now: number) => BusReply) => {
  const offsets = offsetsIn(db);
  const insert = db.prepare(
    `INSERT INTO records (topic_id, partition, offset, timestamp, headers, key, value) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return (packed, now) => {
    const topics = new Map<string, Topic>();
    for (const name of packed.topics) {
      const topic = topicNamed(db, name);
      if (topic === undefined) return { kind: 'unknown_topic', topic: name };
      topics.set(name, topic);
    }
    const taken = offsets();
    for (const { topic: name, key, headers, value } of unpackRecords(packed)) {
      const topic = topics.get(name);
      if (topic === undefined) continue;
      const partition = partitionOf(key ?? NO_KEY, topic.partitions);
      insert.run(topic.id, partition, taken.next(topic.id, partition), now, headers, key, value);
    }
    taken.save();
    return { kind: 'done' };
  };
};

type Place = { readonly topicId: number; readonly partition: number; next: number };

/** The offsets that one call takes: each partition is read once and written once. */
const offsetsIn = (db: DatabaseSync) => {
  const read = db.prepare('SELECT next_offset FROM partitions WHERE topic_id = ? AND partition = ?');
  const write = db.prepare('UPDATE partitions SET next_offset = ? WHERE topic_id = ? AND partition = ?');
  const placeAt = (topicId: number, partition: number): Place => ({
    ...{ topicId, partition },
    next: integer(read.get(topicId, partition)?.['next_offset']),
  });
  return () => {
    const places = new Map<string, Place>();
    return {
      next: (topicId: number, partition: number): number => {
        const name = `${String(topicId)}/${String(partition)}`;
        const place = places.get(name) ?? placeAt(topicId, partition);
        places.set(name, place);
        return place.next++;
      },
      save: (): void => {
        for (const { topicId, partition, next } of places.values()) write.run(next, topicId, partition);
      },
    };
  };
};
