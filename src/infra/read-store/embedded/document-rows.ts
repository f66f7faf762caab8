import type { SQLOutputValue } from 'node:sqlite';
import { canonical, NotEncodable } from '../../../domain/canonical.ts';
import { DocumentRefused } from '../port.ts';
import type { Blocked, Body, StoredDocument } from '../port.ts';
import type { Row } from './operations.ts';

export const ROW_COLUMNS = 'id, position, body, blocked';
const POSITION = /^\d{40}$/;

/** @throws DocumentRefused for what has no canonical form. */
export const rowOf = ({ id, position, body, blocked }: StoredDocument): Row => {
  if (!id.isWellFormed()) throw new DocumentRefused(id, 'the id holds a lone surrogate');
  if (!POSITION.test(position)) throw new DocumentRefused(id, `not a position: ${position}`);
  try {
    return {
      id,
      position,
      body: body === null ? null : canonical(body),
      blocked: blocked === null ? null : canonical(blocked),
    };
  } catch (cause) {
    if (!(cause instanceof NotEncodable)) throw cause;
    throw new DocumentRefused(id, cause.message, { cause });
  }
};

// Only `rowOf` makes these texts, from a Body and a Blocked.
export const documentOf = ({ id, position, body, blocked }: Row): StoredDocument => ({
  id,
  position,
  body: body === null ? null : (JSON.parse(body) as Body),
  blocked: blocked === null ? null : (JSON.parse(blocked) as Blocked),
});

/** A record of the file as a row. @throws RangeError where a damaged page left something else. */
export const storedRow = (record: Readonly<Record<string, SQLOutputValue>>): Row => ({
  id: textIn(record, 'id'),
  position: textIn(record, 'position'),
  body: record['body'] === null ? null : textIn(record, 'body'),
  blocked: record['blocked'] === null ? null : textIn(record, 'blocked'),
});

export const textIn = (record: Readonly<Record<string, SQLOutputValue>>, column: string): string => {
  const value = record[column];
  if (typeof value !== 'string') throw new RangeError(`${column}: a stored text is missing`);
  return value;
};

export const numberIn = (record: Readonly<Record<string, SQLOutputValue>>, column: string): number => {
  const value = record[column];
  if (typeof value !== 'number') throw new RangeError(`${column}: a stored number is missing`);
  return value;
};
