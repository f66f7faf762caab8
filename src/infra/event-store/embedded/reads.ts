import type { DatabaseSync } from 'node:sqlite';
import { detailOf } from '../../sqlite/errors.ts';
import { LogDamaged } from '../errors.ts';
import { checkedRows } from './checked-rows.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import { allReads } from './read-all.ts';
import type { Reads } from './read-ahead.ts';
import { readAhead } from './read-ahead.ts';
import { streamReads } from './read-stream.ts';

/** Answers read requests on one connection. Each sees one consistent state of the log and ends with it. */
export const reads = (db: DatabaseSync): Reads => {
  const checked = checkedRows(db);
  const stream = streamReads(db, checked);
  const all = allReads(db, checked);
  const last = db.prepare('SELECT max(position) AS last FROM events');
  const read = (request: ReadRequest): ReadReply => {
    if (request.kind === 'stream') return stream(request);
    const end = Number(last.get()?.['last'] ?? 0);
    return request.kind === 'last' ? { kind: 'last', position: end } : all(request, end);
  };
  return readAhead((request) => {
    try {
      db.exec('BEGIN');
      return read(request);
    } catch (error) {
      return failure(error);
    } finally {
      // An engine error may have ended the transaction already.
      if (db.isTransaction) db.exec('COMMIT');
    }
  });
};

const failure = (error: unknown): ReadReply => {
  if (error instanceof LogDamaged) {
    const { stream, revision, detail, position } = error;
    return { kind: 'damaged', stream, revision, detail, position };
  }
  return { kind: 'failed', detail: detailOf(error) };
};
