import type { DatabaseSync } from 'node:sqlite';
import type { Body } from './body.ts';
import { unpackBody } from './body.ts';
import type { Common } from './metadata-bytes.ts';
import { bytesIn, textIn } from './row.ts';

export type NamedType = { readonly name: string; readonly schemaVersion: string };

/** What the numbers in rows stand for. @throws RangeError for one that stands for nothing. */
export const nameOfStream = (db: DatabaseSync): ((id: number) => string) => {
  const select = db.prepare('SELECT name FROM streams WHERE id = ?');
  return (id) => textIn(select.get(id)?.['name']);
};

/** @throws RangeError */
export const typeOfId = (db: DatabaseSync): ((id: number) => NamedType) => {
  const select = db.prepare('SELECT name, schema_version FROM types WHERE id = ?');
  return (id) => {
    const row = select.get(id);
    return { name: textIn(row?.['name']), schemaVersion: textIn(row?.['schema_version']) };
  };
};

type OfAppend<Value> = (stream: string, position: number, body: Body) => Value;

/** Something made of what the events of an append share, once for events that follow one another. @throws RangeError */
export const perAppend = <Value>(db: DatabaseSync, make: (common: Common) => Value): OfAppend<Value> => {
  const bodyAt = db.prepare('SELECT body FROM events WHERE position = ?');
  let last: { readonly first: number; readonly value: Value } | undefined;
  return (stream, position, body) => {
    const first = position - body.index;
    if (last?.first === first) return last.value;
    const common = body.common ?? unpackBody(stream, bytesIn(bodyAt.get(first)?.['body'])).common;
    if (common === undefined) throw new RangeError('the metadata of its append is missing');
    const value = make(common);
    last = { first, value };
    return value;
  };
};
