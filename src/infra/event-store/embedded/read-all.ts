import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import { arraysOf, EVENT_COLUMNS, inPages } from './row.ts';
import { sparseReads } from './sparse.ts';
import type { StoredJson } from './stored-json.ts';
import type { Taken } from './take.ts';
import { jsonOf, taking } from './take.ts';

type Request = Extract<ReadRequest, { kind: 'all' }>;

// A filter that matches nothing must not hold up other readers: the slice then is empty, its position moves on.
export const LOOKS_AT = 32_768;

export const WHOLE = `SELECT ${EVENT_COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`;
// An event whose stream is gone is damage: it passes the filter in order to be reported.
export const FILTERED = `
  SELECT ${EVENT_COLUMNS} FROM events LEFT JOIN streams ON streams.id = stream_id
  WHERE position > ? AND position <= ? AND (
    name IS NULL OR substr(name, 1, instr(name, '-') - 1) IN (SELECT value FROM json_each(?))
  ) ORDER BY position LIMIT ?`;

/** A slice of the whole log up to `end`, the last position there is. @throws LogDamaged */
export const allReads = (
  db: DatabaseSync,
  write: StoredJson,
): ((request: Request, end: number) => ReadReply) => {
  const whole = arraysOf(db.prepare(WHOLE));
  const filtered = arraysOf(db.prepare(FILTERED));
  const sparse = sparseReads(db);
  const take = taking(write);
  const unfiltered = ({ after, max }: Request, end: number): Taken =>
    take(
      inPages((from, count) => whole(from, end, count), after, max),
      (row, index) => {
        if (row.position !== after + 1 + index) throw missing(after + 1 + index);
      },
    );
  const ofCategories = (categories: readonly string[], { after, max }: Request, end: number) => {
    const few = sparse(categories);
    const until = few === undefined ? Math.min(end, after + LOOKS_AT) : end;
    const names = JSON.stringify(categories);
    const some = (from: number, count: number) => filtered(from, until, names, count);
    const rows = few?.(after, until, max) ?? inPages(some, after, max);
    return { taken: take(rows, () => undefined), until };
  };
  return (request, end) => {
    const { after, categories, max } = request;
    const { taken, until } =
      categories === undefined
        ? { taken: unfiltered(request, end), until: end }
        : ofCategories(categories, request, end);
    const isFull = taken.isCut || taken.count === max;
    const position = isFull ? (taken.last?.position ?? after) : Math.max(after, until);
    return { kind: 'all', events: jsonOf(taken), position, isEnd: position >= end };
  };
};

const missing = (position: number): LogDamaged =>
  new LogDamaged('unknown', -1, `the event at position ${String(position)} is missing`);
