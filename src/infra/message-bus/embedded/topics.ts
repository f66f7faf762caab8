import type { DatabaseSync } from 'node:sqlite';
import type { TopicSpec } from '../port.ts';
import type { TopicPartition } from './protocol.ts';
import { integer } from './column.ts';
import { statementOf } from './statements.ts';

export type Topic = { readonly id: number; readonly partitions: number };

export const topicNamed = (db: DatabaseSync, name: string): Topic | undefined => {
  const row = statementOf(db, 'SELECT id, partitions FROM topics WHERE name = ?').get(name);
  return row && { id: integer(row['id']), partitions: integer(row['partitions']) };
};

/** Partitions are only ever added: taking one away would take its records and move keys. */
export const ensureTopics = (db: DatabaseSync, topics: readonly TopicSpec[]): void => {
  const before = countPartitions(db);
  for (const spec of topics) ensure(db, spec);
  if (countPartitions(db) !== before) db.exec('UPDATE groups SET generation = generation + 1');
};

export const partitionsOf = (db: DatabaseSync, topics: readonly string[]): readonly TopicPartition[] =>
  topics.flatMap((topic) =>
    Array.from({ length: topicNamed(db, topic)?.partitions ?? 0 }, (_, partition) => ({ topic, partition })),
  );

const ensure = (db: DatabaseSync, { name, partitions, retentionMs }: TopicSpec): void => {
  db.prepare(
    `INSERT INTO topics (name, partitions, retention_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (name) DO UPDATE SET partitions = max(partitions, ?2), retention_ms = ?3`,
  ).run(name, partitions, retentionMs);
  const topic = topicNamed(db, name);
  const add = db.prepare(
    'INSERT OR IGNORE INTO partitions (topic_id, partition, next_offset) VALUES (?, ?, 0)',
  );
  for (let partition = 0; topic && partition < topic.partitions; partition += 1) add.run(topic.id, partition);
};

const countPartitions = (db: DatabaseSync): number =>
  integer(db.prepare('SELECT count(*) AS count FROM partitions').get()?.['count']);
