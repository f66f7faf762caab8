import type { DatabaseSync } from 'node:sqlite';
import { bodyIn } from './body.ts';
import type { Body } from './body.ts';
import type { Cursor } from './bytes.ts';
import { cached } from './cached.ts';
import type { EventRow, StoredBody } from './row.ts';
import { aloneIn, bytesIn, textIn } from './row.ts';

export type NamedType = { readonly name: string; readonly schemaVersion: string };

/** What the numbers in rows stand for, and what rows leave to others. Each throws RangeError for what is not there. */
export type Known = {
  readonly streamOf: (id: number) => string;
  readonly typeOf: (id: number) => NamedType;
  /** The body at a position, where an append begins. */
  readonly bodyAt: (position: number) => Uint8Array;
};

export const knownIn = (db: DatabaseSync): Known => {
  const stream = db.prepare('SELECT name FROM streams WHERE id = ?');
  const type = db.prepare('SELECT name, schema_version FROM types WHERE id = ?');
  const body = db.prepare('SELECT body FROM events WHERE position = ?');
  return {
    streamOf: cached((id) => textIn(stream.get(id)?.['name'])),
    typeOf: cached((id) => {
      const row = type.get(id);
      return { name: textIn(row?.['name']), schemaVersion: textIn(row?.['schema_version']) };
    }),
    bodyAt: (position) => bytesIn(body.get(position)?.['body']),
  };
};

/**
 * Something made of what the events of an append share, once for events that follow one another. `make` is given where
 * that is stored. @throws RangeError
 */
export const perAppend = <Stream, Value>(
  { bodyAt }: Pick<Known, 'bodyAt'>,
  make: (from: Cursor, stream: Stream) => Value,
): ((stream: Stream, row: EventRow, body: Body) => Value) => {
  let lastFirst = -1;
  let from: Cursor | undefined;
  let last: Value | undefined;
  return (stream, row, body) => {
    const first = row.position - body.index;
    // Of a page that was handed over nothing is left, and what was made may still have to read there.
    const isLeft = from !== undefined && from.bytes.length > 0;
    if (lastFirst === first && isLeft && last !== undefined) return last;
    lastFirst = -1;
    from = body.index === 0 ? commonIn(row, body) : commonOf(aloneIn(bodyAt(first)));
    last = make(from, stream);
    lastFirst = first;
    return last;
  };
};

/** Where the body of an append's first event has what the append shares. @throws RangeError */
export const commonOf = (stored: StoredBody): Cursor => commonIn(stored, bodyIn(stored));

const commonIn = ({ bytes, end }: StoredBody, { common }: Body): Cursor => {
  if (common === 0) throw new RangeError('the metadata of its append is missing');
  return { bytes, at: common, end };
};
