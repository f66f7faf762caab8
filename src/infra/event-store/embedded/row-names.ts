import type { DatabaseSync } from 'node:sqlite';
import { bodyIn } from './body.ts';
import type { Body } from './body.ts';
import type { Cursor } from './bytes.ts';
import { cached } from './cached.ts';
import type { Columns, EventRow, StoredBody } from './row.ts';
import { aloneIn, bytesIn, numberIn, textIn } from './row.ts';

export type NamedType = { readonly name: string; readonly schemaVersion: string };

/** What the numbers in rows stand for, and what rows leave to others. Each throws RangeError for what is not there. */
export type Known = {
  readonly streamOf: (id: number) => string;
  readonly typeOf: (id: number) => NamedType;
  /** The body at a position, where an append begins. */
  readonly bodyAt: (position: number) => Uint8Array;
};

export type KnownInLog = Known & {
  /** Loads the names of all streams of some rows at once: several times cheaper than one by one. */
  readonly learn: (rows: readonly EventRow[]) => void;
};

// Fewer are as cheap one by one.
const MANY = 16;

export const knownIn = (db: DatabaseSync): KnownInLog => {
  const stream = db.prepare('SELECT name FROM streams WHERE id = ?');
  const names = db.prepare('SELECT id, name FROM streams WHERE id IN (SELECT value FROM json_each(?))');
  names.setReturnArrays(true);
  const type = db.prepare('SELECT name, schema_version FROM types WHERE id = ?');
  const body = db.prepare('SELECT body FROM events WHERE position = ?');
  const streams = cached((id) => textIn(stream.get(id)?.['name']));
  const load = (ids: readonly number[]): void => {
    // The driver's types do not follow that setting.
    const found = names.all(JSON.stringify(ids)) as unknown as readonly Columns[];
    for (const [id, name] of found) streams.learn(numberIn(id), textIn(name));
  };
  return {
    learn: (rows) => {
      if (rows.length < MANY) return;
      const unknown = new Set<number>();
      for (const { streamId } of rows) if (!streams.has(streamId)) unknown.add(streamId);
      try {
        if (unknown.size > 0) load([...unknown]);
      } catch {
        // A damaged one must not hide the others: it is reported where it is asked for by itself.
      }
    },
    streamOf: streams.of,
    typeOf: cached((id) => {
      const row = type.get(id);
      return { name: textIn(row?.['name']), schemaVersion: textIn(row?.['schema_version']) };
    }).of,
    bodyAt: (position) => bytesIn(body.get(position)?.['body']),
  };
};

/**
 * Something made of what the events of an append share and of their version, once for events that follow one another.
 * `make` is given where that is stored. @throws RangeError
 */
export const perAppend = <Stream, Value>(
  { bodyAt }: Pick<Known, 'bodyAt'>,
  make: (from: Cursor, stream: Stream, schemaVersion: string) => Value,
): ((stream: Stream, { row, body }: Part, schemaVersion: string) => Value) => {
  type Made = {
    readonly first: number;
    readonly schemaVersion: string;
    readonly from: Cursor;
    readonly value: Value;
  };
  let last: Made | undefined;
  return (stream, { row, body }, schemaVersion) => {
    const first = row.position - body.index;
    const known = last?.first === first ? last : undefined;
    if (known?.schemaVersion === schemaVersion) return known.value;
    // Making another may spoil it, also where that fails.
    last = undefined;
    const from = known !== undefined && isLeft(known.from) ? known.from : begin(row, body, bodyAt);
    const { at } = from;
    const value = make(from, stream, schemaVersion);
    // For an event of another version.
    from.at = at;
    last = { first, schemaVersion, from, value };
    return value;
  };
};

/** Of a page that was handed over nothing is. */
const isLeft = ({ bytes }: Cursor): boolean => bytes.length > 0;

const begin = (row: EventRow, body: Body, bodyAt: Known['bodyAt']): Cursor =>
  body.index === 0 ? commonIn(row, body) : commonOf(aloneIn(bodyAt(row.position - body.index)));

/** A row, and where the parts of its body are. */
export type Part = { readonly row: EventRow; readonly body: Body };

/** Where the body of an append's first event has what the append shares. @throws RangeError */
export const commonOf = (stored: StoredBody): Cursor => commonIn(stored, bodyIn(stored));

const commonIn = ({ bytes, end }: StoredBody, { common }: Body): Cursor => {
  if (common === 0) throw new RangeError('the metadata of its append is missing');
  return { bytes, at: common, end };
};
