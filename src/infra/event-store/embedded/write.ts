import type { DatabaseSync } from 'node:sqlite';
import type { Append } from './append-one.ts';
import { appendsTo } from './append-one.ts';
import { headsOf } from './heads.ts';
import { insertsInto } from './insert.ts';
import type { End } from './log-end.ts';
import type { AppendReply } from './protocol.ts';

/**
 * Writes a group in one transaction and one commit; an append that is refused leaves the others untouched. What
 * it throws is the engine's: then nothing of the group is written, unless the commit itself failed half-way.
 */
export type GroupWriter = (group: readonly Append[]) => readonly AppendReply[];

/** The log's only writer. `start` is the log's end as it is now. */
export const groupWriter = (db: DatabaseSync, start: End): GroupWriter => {
  const heads = headsOf(db);
  const inserts = insertsInto(db);
  const append = appendsTo(db, heads, inserts);
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  let durable = start;
  const transaction = (group: readonly Append[]): readonly AppendReply[] => {
    let end = durable;
    const replies = group.map((one) => {
      const outcome = append(one, end);
      end = outcome.end;
      return outcome.reply;
    });
    heads.flush();
    commit.run();
    heads.commit();
    durable = end;
    return replies;
  };
  return (group) => {
    begin.run();
    try {
      return transaction(group);
    } catch (error) {
      heads.rollback();
      inserts.rollback();
      // A full disk makes the engine roll back by itself.
      if (db.isTransaction) db.exec('ROLLBACK');
      throw error;
    }
  };
};
