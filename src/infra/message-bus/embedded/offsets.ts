import type { DatabaseSync } from 'node:sqlite';
import type { GroupLag } from '../port.ts';
import { integer } from './column.ts';
import type { BusReply, Claimed, TopicPartition } from './protocol.ts';
import { statementOf } from './statements.ts';
import { partitionsOf } from './topics.ts';

/** Refused to a member that lost the partition meanwhile. */
export const commit = (db: DatabaseSync, group: string, member: string, to: Claimed): BusReply => {
  const { changes } = statementOf(
    db,
    `INSERT INTO offsets (group_name, topic_id, partition, next_offset)
     SELECT group_name, topic_id, partition, ?5 FROM claims
     WHERE group_name = ?1 AND member = ?2 AND partition = ?4 AND topic_id = (SELECT id FROM topics WHERE name = ?3)
     ON CONFLICT (group_name, topic_id, partition) DO UPDATE SET next_offset = excluded.next_offset`,
  ).run(group, member, to.topic, to.partition, to.position);
  return changes === 1 ? { kind: 'done' } : { kind: 'not_claimed' };
};

/** Where the group goes on: behind what it committed, else at the oldest record that is kept. */
export const positionOf = (db: DatabaseSync, group: string, { topic, partition }: TopicPartition): number =>
  integer(
    statementOf(
      db,
      `SELECT coalesce(
         (SELECT next_offset FROM offsets o WHERE o.group_name = ?1 AND o.topic_id = t.id AND o.partition = ?3),
         (SELECT offset - ifnull(count, 1) + 1 FROM records r WHERE r.topic_id = t.id AND r.partition = ?3
          ORDER BY offset LIMIT 1),
         (SELECT next_offset FROM partitions p WHERE p.topic_id = t.id AND p.partition = ?3)
       ) AS position FROM topics t WHERE name = ?2`,
    ).get(group, topic, partition)?.['position'],
  );

/** How far a group is in each partition of the topics that exist: the next record it takes, and the next to be written. */
export const lagOf = (db: DatabaseSync, group: string, topics: readonly string[]): readonly GroupLag[] => {
  const end = db.prepare(
    `SELECT next_offset FROM partitions WHERE topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ?`,
  );
  return partitionsOf(db, topics).map((one) => ({
    ...one,
    offset: String(positionOf(db, group, one)),
    end: String(integer(end.get(one.topic, one.partition)?.['next_offset'])),
  }));
};
