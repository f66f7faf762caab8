import { hostname } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { codeOf } from '../../disk/error-code.ts';
import { integer, text } from './column.ts';
import type { Beat } from './protocol.ts';

export type Member = {
  readonly member: string;
  readonly host: string;
  readonly pid: number;
  readonly beats: number;
  readonly topics: readonly string[];
};

/** The members of a group, by name. */
export const membersOf = (db: DatabaseSync, group: string): readonly Member[] =>
  db
    .prepare('SELECT member, host, pid, beats, topics FROM members WHERE group_name = ? ORDER BY member')
    .all(group)
    .map((row) => ({
      member: text(row['member']),
      host: text(row['host']),
      pid: integer(row['pid']),
      beats: integer(row['beats']),
      topics: text(row['topics']).split(',').filter(Boolean),
    }));

/** True when it was not there, or read other topics. */
export const noteMember = (db: DatabaseSync, { group, member, topics }: Beat): boolean => {
  const before = db
    .prepare('SELECT topics FROM members WHERE group_name = ? AND member = ?')
    .get(group, member);
  const now = [...topics].sort().join(',');
  db.prepare(
    `INSERT INTO members (group_name, member, host, pid, beats, topics) VALUES (?1, ?2, ?3, ?4, 0, ?5)
     ON CONFLICT (group_name, member) DO UPDATE SET beats = beats + 1, topics = ?5`,
  ).run(group, member, hostname(), process.pid, now);
  return before?.['topics'] !== now;
};

/** Takes a member out of its group, with what it had claimed; one that is not there changes nothing. */
export const removeMember = (db: DatabaseSync, group: string, member: string): void => {
  db.prepare('DELETE FROM claims WHERE group_name = ? AND member = ?').run(group, member);
  db.prepare('DELETE FROM members WHERE group_name = ? AND member = ?').run(group, member);
};

/**
 * Tells who is gone: whose process has ended, or who was not heard of for a whole session as measured here. Clocks of
 * two processes are never compared.
 */
export const deathWatch = () => {
  const seen = new Map<string, { readonly beats: number; readonly at: number }>();
  return (members: readonly Member[], { group, now, sessionTimeoutMs }: Beat): readonly Member[] =>
    members.filter((one) => {
      const key = `${group} ${one.member}`;
      const last = seen.get(key);
      if (last?.beats !== one.beats) seen.set(key, { beats: one.beats, at: now });
      const isSilent = last?.beats === one.beats && now - last.at >= sessionTimeoutMs;
      const isGone = isSilent || hasEnded(one);
      if (isGone) seen.delete(key);
      return isGone;
    });
};

// Another host, such as a container on the same volume, has process ids of its own.
const hasEnded = ({ host, pid }: Member): boolean => {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
};
