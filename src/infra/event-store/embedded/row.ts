import type { SQLOutputValue } from 'node:sqlite';

/** A row of `events`, its columns checked: a damaged page can hold anything. */
export type EventRow = {
  readonly position: number;
  readonly streamId: number;
  readonly revision: number;
  readonly typeId: number;
  readonly body: Uint8Array;
};

export const EVENT_COLUMNS = 'position, stream_id, revision, type_id, body';

/** @throws RangeError when a column has no sensible value. */
export const eventRow = (row: Readonly<Record<string, SQLOutputValue>>): EventRow => ({
  position: numberIn(row['position']),
  streamId: numberIn(row['stream_id']),
  revision: numberIn(row['revision']),
  typeId: numberIn(row['type_id']),
  body: bytesIn(row['body']),
});

export const numberIn = (value: SQLOutputValue | undefined): number => {
  if (typeof value !== 'number') throw new RangeError('a stored number is missing');
  return value;
};

export const textIn = (value: SQLOutputValue | undefined): string => {
  if (typeof value !== 'string') throw new RangeError('a stored text is missing');
  return value;
};

export const bytesIn = (value: SQLOutputValue | undefined): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new RangeError('stored bytes are missing');
  return value;
};
