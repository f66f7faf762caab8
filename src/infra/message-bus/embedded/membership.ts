import type { DatabaseSync } from 'node:sqlite';
import { assign } from './assignment.ts';
import { integer, text } from './column.ts';
import { deathWatch, membersOf, noteMember, removeMember } from './members.ts';
import { positionOf } from './offsets.ts';
import type { Beat, Beaten, TopicPartition } from './protocol.ts';
import { statementOf } from './statements.ts';
import { partitionsOf } from './topics.ts';

/**
 * Who reads what within a group. A partition has at most one claim, which its holder gives back when the record under
 * way is done, or loses when it is gone; the next in turn takes it then. The generation grows with every change.
 */
export const membership = (db: DatabaseSync) => {
  const gone = deathWatch();
  const beat = (one: Beat): Beaten => {
    const hasJoined = noteMember(db, one);
    const lost = gone(membersOf(db, one.group), one).filter(({ member }) => member !== one.member);
    for (const { member } of lost) removeMember(db, one.group, member);
    const share = shareOf(db, one);
    const hasMoved = settle(db, one, share);
    if (hasJoined || lost.length > 0 || hasMoved) raiseGeneration(db, one.group);
    const claimed = claimsOf(db, one);
    return {
      generation: generationOf(db, one.group),
      claimed: claimed.map((each) => ({ ...each, position: positionOf(db, one.group, each) })),
      surplus: claimed.filter((each) => !isAmong(share, each)),
    };
  };
  const leave = (group: string, member: string): void => {
    removeMember(db, group, member);
    raiseGeneration(db, group);
  };
  return { beat, leave };
};

export const generationOf = (db: DatabaseSync, group: string): number => {
  const row = statementOf(db, 'SELECT generation FROM groups WHERE name = ?').get(group);
  return row ? integer(row['generation']) : 0;
};

/** Grows with what other connections write and with every generation; what this one publishes its readers are told of. */
export const stateOf = (db: DatabaseSync): number =>
  integer(
    statementOf(
      db,
      `SELECT data_version + (SELECT ifnull(sum(generation), 0) FROM groups) AS state FROM pragma_data_version`,
    ).get()?.['state'],
  );

const raiseGeneration = (db: DatabaseSync, group: string): void => {
  db.prepare(
    `INSERT INTO groups (name, generation) VALUES (?, 1)
     ON CONFLICT (name) DO UPDATE SET generation = generation + 1`,
  ).run(group);
};

const shareOf = (db: DatabaseSync, { group, member }: Beat): readonly TopicPartition[] => {
  const members = membersOf(db, group);
  const topics = [...new Set(members.flatMap((one) => one.topics))].sort();
  return assign(members, partitionsOf(db, topics)).get(member) ?? [];
};

/** Gives back what is another's and takes what is free. True when a claim changed. */
const settle = (db: DatabaseSync, beat: Beat, share: readonly TopicPartition[]): boolean => {
  const drop = db.prepare(
    `DELETE FROM claims WHERE group_name = ? AND member = ?
     AND topic_id = (SELECT id FROM topics WHERE name = ?) AND partition = ?`,
  );
  const take = db.prepare(
    `INSERT OR IGNORE INTO claims (group_name, member, topic_id, partition)
     VALUES (?, ?, (SELECT id FROM topics WHERE name = ?), ?)`,
  );
  const free = claimsOf(db, beat).filter((each) => !isAmong(share, each) && !isAmong(beat.busy, each));
  const changes = [
    ...free.map(({ topic, partition }) => drop.run(beat.group, beat.member, topic, partition)),
    ...share.map(({ topic, partition }) => take.run(beat.group, beat.member, topic, partition)),
  ];
  return changes.some(({ changes: count }) => count !== 0);
};

const claimsOf = (db: DatabaseSync, { group, member }: Beat): readonly TopicPartition[] =>
  db
    .prepare(
      `SELECT t.name, c.partition FROM claims c JOIN topics t ON t.id = c.topic_id
       WHERE c.group_name = ? AND c.member = ? ORDER BY t.name, c.partition`,
    )
    .all(group, member)
    .map((row) => ({ topic: text(row['name']), partition: integer(row['partition']) }));

const isAmong = (all: readonly TopicPartition[], { topic, partition }: TopicPartition): boolean =>
  all.some((one) => one.topic === topic && one.partition === partition);
