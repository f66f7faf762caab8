import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import { EVENT_COLUMNS, numberIn, rowsOf } from './row.ts';
import type { StoredJson } from './stored-json.ts';
import { jsonOf, taken } from './take.ts';

type Request = Extract<ReadRequest, { kind: 'stream' }>;

const SELECT = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision`;

/** A slice of one stream. @throws LogDamaged where a revision is missing or is not what was written. */
export const streamReads = (db: DatabaseSync, write: StoredJson): ((request: Request) => ReadReply) => {
  const find = db.prepare('SELECT id, head FROM streams WHERE name = ?');
  const forwards = rowsOf(db.prepare(`${SELECT} >= ? ORDER BY revision LIMIT ?`));
  const backwards = rowsOf(db.prepare(`${SELECT} <= ? ORDER BY revision DESC LIMIT ?`));
  return (request) => {
    const stream = find.get(request.stream);
    if (stream === undefined)
      return { kind: 'stream', events: jsonOf(taken([], write, () => undefined)), head: -1 };
    const head = numberIn(stream['head']);
    const isForwards = request.direction === 'forwards';
    const { first, left } = rangeOf(request, head);
    const damage = (index: number): LogDamaged =>
      new LogDamaged(request.stream, isForwards ? first + index : first - index, 'the event is missing');
    const rows = (isForwards ? forwards : backwards)(numberIn(stream['id']), first, request.max);
    const slice = taken(rows, write, (row, index) => {
      if (row.revision !== (isForwards ? first + index : first - index)) throw damage(index);
    });
    if (!slice.isCut && slice.count < Math.min(request.max, left)) throw damage(slice.count);
    return { kind: 'stream', events: jsonOf(slice), head };
  };
};

/** The first revision of the slice, and how many there are from there on. */
const rangeOf = ({ from, direction }: Request, head: number): { first: number; left: number } => {
  const start = from === 'end' ? head : from;
  if (direction === 'forwards') return { first: start, left: Math.max(0, head - start + 1) };
  const first = Math.min(start, head);
  return { first, left: first + 1 };
};
