import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import type { EventRow } from './row.ts';
import { EVENT_COLUMNS, numberIn } from './row.ts';
import { take } from './take.ts';

type Request = Extract<ReadRequest, { kind: 'stream' }>;

const SELECT = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream_id = ? AND revision`;

/** A slice of one stream. @throws LogDamaged where a revision is missing or is not what was written. */
export const streamReads = (
  db: DatabaseSync,
  toText: (row: EventRow) => string,
): ((request: Request) => ReadReply) => {
  const find = db.prepare('SELECT id, head FROM streams WHERE name = ?');
  const forwards = db.prepare(`${SELECT} >= ? ORDER BY revision LIMIT ?`);
  const backwards = db.prepare(`${SELECT} <= ? ORDER BY revision DESC LIMIT ?`);
  return (request) => {
    const stream = find.get(request.stream);
    if (stream === undefined) return { kind: 'stream', text: '[]', head: -1 };
    const head = numberIn(stream['head']);
    const isForwards = request.direction === 'forwards';
    const { first, left } = rangeOf(request, head);
    const damage = (index: number): LogDamaged =>
      new LogDamaged(request.stream, isForwards ? first + index : first - index, 'the event is missing');
    const rows = (isForwards ? forwards : backwards).iterate(numberIn(stream['id']), first, request.max);
    const taken = take(rows, toText, (row, index) => {
      if (row.revision !== (isForwards ? first + index : first - index)) throw damage(index);
    });
    if (!taken.isCut && taken.count < Math.min(request.max, left)) throw damage(taken.count);
    return { kind: 'stream', text: taken.text, head };
  };
};

/** The first revision of the slice, and how many there are from there on. */
const rangeOf = ({ from, direction }: Request, head: number): { first: number; left: number } => {
  const start = from === 'end' ? head : from;
  if (direction === 'forwards') return { first: start, left: Math.max(0, head - start + 1) };
  const first = Math.min(start, head);
  return { first, left: first + 1 };
};
