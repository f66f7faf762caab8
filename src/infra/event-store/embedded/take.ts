import type { SQLOutputValue } from 'node:sqlite';
import type { EventRow } from './row.ts';
import { eventRow } from './row.ts';

// A slice stays far below the longest string there can be, and one reader cannot hold up the others for long.
const SLICE_CHARS = 4 * 1024 * 1024;

export type Taken = {
  /** A JSON array of stored events. */
  readonly text: string;
  readonly count: number;
  readonly last: EventRow | undefined;
  /** The slice got large; rows are left. */
  readonly isCut: boolean;
};

/** Turns rows into one text. `check` sees each row and its index first, and throws where the row is out of place. */
export const take = (
  rows: Iterable<Readonly<Record<string, SQLOutputValue>>>,
  toText: (row: EventRow) => string,
  check: (row: EventRow, index: number) => void,
): Taken => {
  const texts: string[] = [];
  let size = 0;
  let last: EventRow | undefined;
  for (const row of rows) {
    last = eventRow(row);
    check(last, texts.length);
    const text = toText(last);
    texts.push(text);
    size += text.length;
    if (size > SLICE_CHARS) break;
  }
  return { text: `[${texts.join(',')}]`, count: texts.length, last, isCut: size > SLICE_CHARS };
};
