import { UUID_BYTES } from './uuid-bytes.ts';
import { uuidTextAt } from './uuid-text.ts';

/** Where in stored bytes the next part begins, and where they end; parts come in the order in which `packer` wrote them. */
export type Cursor = { readonly bytes: Buffer; at: number; readonly end: number };

const LOW = 0x80;
const UINT48_BYTES = 6;

/** Where the next so many bytes begin. @throws RangeError, as every part does, when the bytes end too early. */
const next = (from: Cursor, bytes: number): number => {
  const start = from.at;
  if (start + bytes > from.end) throw new RangeError('the bytes end too early');
  from.at = start + bytes;
  return start;
};

export const byteIn = (from: Cursor): number => from.bytes[next(from, 1)] ?? 0;

export const varintIn = (from: Cursor): number => {
  let value = 0;
  for (let scale = 1; ; scale *= LOW) {
    const group = byteIn(from);
    value += (group % LOW) * scale;
    if (group < LOW) return value;
  }
};

export const uint48In = (from: Cursor): number =>
  from.bytes.readUIntBE(next(from, UINT48_BYTES), UINT48_BYTES);

export const skip = (from: Cursor, bytes: number): void => void next(from, bytes);

export const skipText = (from: Cursor): void => {
  skip(from, varintIn(from));
};

/** So many bytes as lower-case hex. */
export const hexIn = (from: Cursor, bytes: number): string => {
  const start = next(from, bytes);
  return from.bytes.toString('hex', start, start + bytes);
};

export const uuidIn = (from: Cursor): string => uuidTextAt(from.bytes, next(from, UUID_BYTES));

export const textIn = (from: Cursor): string => {
  const length = varintIn(from);
  const start = next(from, length);
  return from.bytes.toString('utf8', start, start + length);
};
