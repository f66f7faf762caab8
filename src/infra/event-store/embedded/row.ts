import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

/** A row of `events`, its columns checked: a damaged page can hold anything. */
export type EventRow = {
  readonly position: number;
  readonly streamId: number;
  readonly revision: number;
  readonly typeId: number;
  readonly body: Uint8Array;
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

/** So many rows behind a position, at once. */
export type Page = (after: number, max: number) => readonly Columns[];

// A page of the largest events there can be is no more than 64 MiB.
const PAGE = 128;

/** Up to `max` rows behind a position: one by one they cost more, all at once could be more than memory holds. */
export function* inPages(page: Page, after: number, max: number): Generator<Columns> {
  let from = after;
  for (let left = max; left > 0; left -= PAGE) {
    const rows = page(from, Math.min(PAGE, left));
    yield* rows;
    if (rows.length < PAGE) return;
    from = numberIn(rows.at(-1)?.[0]);
  }
}

/** All rows of a statement, as `rowsOf` gives them. */
export const arraysOf = (
  statement: StatementSync,
): ((...parameters: SQLInputValue[]) => readonly Columns[]) => {
  statement.setReturnArrays(true);
  // The driver's types do not follow that setting.
  return (...parameters) => statement.all(...parameters) as unknown as readonly Columns[];
};

/** A row that begins with `EVENT_COLUMNS`. @throws RangeError when a column has no sensible value. */
export const eventRow = ([position, streamId, revision, typeId, body]: Columns): EventRow => ({
  position: numberIn(position),
  streamId: numberIn(streamId),
  revision: numberIn(revision),
  typeId: numberIn(typeId),
  body: bytesIn(body),
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
