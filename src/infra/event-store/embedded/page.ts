import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Columns, EventRow } from './row.ts';
import { bytesIn, numberIn, textIn } from './row.ts';

/** Rows of `events`, as they cross to another thread: handed over, not copied. */
export type Page = {
  /** Five for each row: position, number of the stream, revision, number of the type, bytes of the body. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The bodies, one behind the other. */
  readonly bodies: ArrayBuffer;
  /** There are more such rows: with them it would have been too large. */
  readonly isCut: boolean;
};

const PER_ROW = 5;
// A slice stays far below what memory holds, and one reader cannot hold up the others for long.
const PAGE_BYTES = 4 * 1024 * 1024;
// Bodies up to here are read in one go with the rest: as many as are asked for at a time hardly fill a page.
const SMALL = 1024;

export const emptyPage = (): Page => ({
  numbers: new Float64Array(0),
  bodies: new ArrayBuffer(0),
  isCut: false,
});

export const countOf = ({ numbers }: Page): number => numbers.length / PER_ROW;

/** Of a row by its index in the page. */
export const positionAt = ({ numbers }: Page, index: number): number => numbers[index * PER_ROW] ?? 0;
export const revisionAt = ({ numbers }: Page, index: number): number => numbers[index * PER_ROW + 2] ?? 0;

/** The columns, by which a `Select` is asked for them. */
type Select = (columns: string) => string;
/**
 * So many rows of a `Select`, whose last parameter is their number, in its order. `most`: how many there can be at most.
 * @throws RangeError
 */
export type Pages = (most: number, ...parameters: Parameters) => Page;
type Parameters = readonly [...SQLInputValue[], number];
type Read = (parameters: Parameters) => Page;

const NUMBERS = ['position', 'stream_id', 'revision', 'type_id', 'length(body)'];
const LISTS = NUMBERS.map((_, at) => `json_group_array(c${String(at)})`);
const NAMED = NUMBERS.map((column, at) => `${column} AS c${String(at)}`).join();

// So many are read faster one by one than put together by the engine.
const FEW = 64;

/** All bytes of a `Page` are in one place, and no more than 4 MiB but for the last row. */
export const pagesOf = (db: DatabaseSync, select: Select): Pages => {
  const few = readFew(db, select);
  const many = readMany(db, select);
  return (most, ...parameters) =>
    most <= FEW || numberIn(parameters.at(-1)) <= FEW ? few(parameters) : many(parameters);
};

/** Rows as five lists and one run of bytes, which the engine puts together: values one by one cost twice as much. */
const readMany = (db: DatabaseSync, select: Select): Read => {
  const small = `group_concat(CASE WHEN c${String(PER_ROW - 1)} <= ${String(SMALL)} THEN body END, '')`;
  const whole = db.prepare(
    `SELECT ${LISTS.join()}, CAST(${small} AS BLOB) FROM (${select(`${NAMED}, body`)})`,
  );
  const bodies = db.prepare(`SELECT CAST(group_concat(body, '') AS BLOB) FROM (${select('body')})`);
  whole.setReturnArrays(true);
  bodies.setReturnArrays(true);
  return (parameters) => {
    // The driver's types do not follow that setting.
    const row = whole.get(...parameters) as unknown as Columns;
    const columns = LISTS.map((_, at) => JSON.parse(textIn(row[at])) as readonly unknown[]);
    const sizes = columns[PER_ROW - 1] ?? [];
    const { count, bytes, largest } = fitting(sizes);
    if (count === 0) return emptyPage();
    const read = (): Columns => bodies.get(...parameters.slice(0, -1), count) as unknown as Columns;
    const isCut = count < sizes.length;
    const { buffer } = bytesIn((largest <= SMALL && !isCut ? row : read()).at(-1));
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes)
      throw new RangeError('stored bytes are missing');
    return { numbers: byRow(columns, count), bodies: buffer, isCut };
  };
};

const readFew = (db: DatabaseSync, select: Select): Read => {
  const rows = db.prepare(select(`${NAMED}, body`));
  rows.setReturnArrays(true);
  return (parameters) => {
    // The driver's types do not follow that setting.
    const found = rows.all(...parameters) as unknown as readonly Columns[];
    const columns = NUMBERS.map((_, at) => found.map((row) => row[at]));
    const { count, bytes } = fitting(columns[PER_ROW - 1] ?? []);
    const bodies = new Uint8Array(bytes);
    let at = 0;
    for (const row of found.slice(0, count)) {
      const body = bytesIn(row[PER_ROW]);
      bodies.set(body, at);
      at += body.length;
    }
    return { numbers: byRow(columns, count), bodies: bodies.buffer, isCut: count < found.length };
  };
};

type Fitting = { readonly count: number; readonly bytes: number; readonly largest: number };

const fitting = (sizes: readonly unknown[]): Fitting => {
  let [count, bytes, largest] = [0, 0, 0];
  for (; count < sizes.length && bytes <= PAGE_BYTES; count += 1) {
    const size = numberIn(sizes[count]);
    bytes += size;
    largest = Math.max(largest, size);
  }
  return { count, bytes, largest };
};

const byRow = (columns: readonly (readonly unknown[])[], count: number): Float64Array<ArrayBuffer> => {
  const numbers = new Float64Array(count * PER_ROW);
  columns.forEach((column, at) => {
    for (let row = 0; row < count; row += 1) numbers[row * PER_ROW + at] = numberIn(column[row]);
  });
  return numbers;
};

/** In the order of their positions, whatever the page's. */
export const rowsIn = ({ numbers, bodies }: Page): readonly EventRow[] => {
  const bytes = Buffer.from(bodies);
  const rows: EventRow[] = [];
  for (let at = 0, start = 0; at < numbers.length; at += PER_ROW) {
    const end = start + (numbers[at + 4] ?? 0);
    rows.push({
      position: numbers[at] ?? 0,
      streamId: numbers[at + 1] ?? 0,
      revision: numbers[at + 2] ?? 0,
      typeId: numbers[at + 3] ?? 0,
      bytes,
      start,
      end,
    });
    start = end;
  }
  return isDescending(numbers) ? rows.reverse() : rows;
};

export const isDescending = (numbers: Page['numbers']): boolean =>
  (numbers[0] ?? 0) > (numbers[numbers.length - PER_ROW] ?? 0);
