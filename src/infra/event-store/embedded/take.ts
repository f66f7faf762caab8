import { packer } from './packer.ts';
import type { EventsJson } from './protocol.ts';
import type { Columns, EventRow } from './row.ts';
import { eventRow } from './row.ts';
import type { StoredJson } from './stored-json.ts';

// A slice stays far below the longest string there can be, and one reader cannot hold up the others for long.
const SLICE_BYTES = 4 * 1024 * 1024;
const FIRST_BYTES = 4096;

export type Taken = EventsJson & {
  readonly count: number;
  readonly last: EventRow | undefined;
  /** The slice got large; rows are left. */
  readonly isCut: boolean;
};

/** What of it crosses to the thread that asked. */
export const jsonOf = ({ bytes, length }: Taken): EventsJson => ({ bytes, length });

/** Sees each row and its index first, and throws where the row is out of place. */
export type Check = (row: EventRow, index: number) => void;

/** Writes rows as one text. `expected`: how many bytes that may be. */
export const taken = (
  rows: Iterable<Columns>,
  write: StoredJson,
  check: Check,
  expected = FIRST_BYTES,
): Taken => {
  const out = packer(new ArrayBuffer(expected));
  out.raw('[');
  let count = 0;
  let last: EventRow | undefined;
  for (const row of rows) {
    last = eventRow(row);
    check(last, count);
    if (count > 0) out.raw(',');
    write(last, out);
    count += 1;
    if (out.at() > SLICE_BYTES) break;
  }
  const isCut = out.at() > SLICE_BYTES;
  out.raw(']');
  return { bytes: out.done(), length: out.at(), count, last, isCut };
};

/** `taken`, with room for as much as the last slice needed. */
export const taking = (write: StoredJson): ((rows: Iterable<Columns>, check: Check) => Taken) => {
  let expected = FIRST_BYTES;
  return (rows, check) => {
    const slice = taken(rows, write, check, expected);
    expected = Math.max(FIRST_BYTES, Math.ceil(slice.length * SPARE));
    return slice;
  };
};

const SPARE = 1.1;
