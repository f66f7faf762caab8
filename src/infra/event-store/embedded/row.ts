import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/** A stored body: it lies in the bytes from `start` up to `end`, maybe between those of other rows. */
export type StoredBody = { readonly bytes: Buffer; readonly start: number; readonly end: number };

/** A row of `events`, its columns checked: a damaged page can hold anything. */
export type EventRow = StoredBody & {
  readonly position: number;
  readonly streamId: number;
  readonly revision: number;
  readonly typeId: number;
};

export const EVENT_COLUMNS = 'position, stream_id, revision, type_id, body';

/** The values of a row, in the order of its columns. */
export type Columns = readonly SQLOutputValue[];
export type Rows = (...parameters: SQLInputValue[]) => Iterable<Columns>;

/** The statement's rows as arrays: objects cost twice as much, which a reader of the whole log feels. */
export const rowsOf = (statement: StatementSync): Rows => {
  statement.setReturnArrays(true);
  // The driver's types do not follow that setting.
  return (...parameters) => statement.iterate(...parameters) as Iterable<unknown> as Iterable<Columns>;
};

/** A row that begins with `EVENT_COLUMNS`. @throws RangeError when a column has no sensible value. */
export const eventRow = ([position, streamId, revision, typeId, body]: Columns): EventRow => ({
  position: numberIn(position),
  streamId: numberIn(streamId),
  revision: numberIn(revision),
  typeId: numberIn(typeId),
  ...aloneIn(bytesIn(body)),
});

/** A body that fills its bytes. */
export const aloneIn = ({ buffer, byteOffset, length }: Uint8Array): StoredBody => ({
  bytes: Buffer.from(buffer, byteOffset, length),
  start: 0,
  end: length,
});

export const numberIn = (value: unknown): number => {
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
