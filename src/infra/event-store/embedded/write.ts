import type { DatabaseSync } from 'node:sqlite';
import type { Append } from './append-one.ts';
import { appendsTo } from './append-one.ts';
import { headsOf } from './heads.ts';
import { insertsInto } from './insert.ts';
import type { End } from './log-end.ts';
import type { AppendReply } from './protocol.ts';

/**
 * Writes a group in one transaction and one commit, and with it what comes while that is written; an append that is
 * refused leaves the others untouched. What it throws is the engine's: then nothing of all that is written, unless the
 * commit itself failed half-way.
 */
export type GroupWriter = (group: readonly Append[], more: () => readonly Append[]) => readonly AppendReply[];

// A commit that many share takes no more in: who came first must not wait for all who come.
const MOST = 256;

/** The log's only writer. `start` is the log's end as it is now. */
export const groupWriter = (db: DatabaseSync, start: End): GroupWriter => {
  const heads = headsOf(db);
  const inserts = insertsInto(db);
  const append = appendsTo(db, heads, inserts);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  let durable = start;
  const transaction: GroupWriter = (first, more) => {
    let end = durable;
    const replies: AppendReply[] = [];
    for (let group = first; group.length > 0; group = replies.length < MOST ? more() : []) {
      for (const one of group) {
        const outcome = append(one, end);
        end = outcome.end;
        replies.push(outcome.reply);
      }
    }
    heads.flush();
    commit.run();
    heads.commit();
    durable = end;
    return replies;
  };
  return (group, more) => {
    begin.run();
    try {
      return transaction(group, more);
    } catch (error) {
      heads.rollback();
      inserts.rollback();
      // A full disk makes the engine roll back by itself.
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
};
