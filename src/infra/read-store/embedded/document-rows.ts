import type { SQLOutputValue } from 'node:sqlite';
import type { Row } from '../operations.ts';

export const ROW_COLUMNS = 'id, position, body, blocked';

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
