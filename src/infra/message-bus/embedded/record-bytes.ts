// A record as bytes: its key, how many headers it has, each header's name and value, its value.
import { nameOfNumber, numberOfName, OTHER_NAME } from './header-names.ts';
import type { Header, OutRecord } from '../port.ts';

// The byte before a piece is its length, or one of these.
const NONE = 253;
const AS_KEY = 254;
const LONG = 255;
const LONG_BYTES = 5;
// As many UTF-16 units never take more bytes than one byte can say.
const SHORT_UNITS = 84;

type Content = Omit<OutRecord, 'topic'>;

/** Writes a record from `at` on, where there must be room for `mostBytesOf` it, and returns where it ends. */
export const writeRecord = (bytes: Buffer, at: number, { key, headers, value }: Content): number => {
  let next = key === null ? writeMark(bytes, at, NONE) : writeText(bytes, at, key);
  next = bytes.writeUInt32BE(headers.length, next);
  for (const [name, content] of headers) {
    const number = numberOfName(name);
    next = writeMark(bytes, next, number);
    if (number === OTHER_NAME) next = writeText(bytes, next, name);
    if (typeof content !== 'string') next = writeBytes(bytes, next, content);
    else if (content === key) next = writeMark(bytes, next, AS_KEY);
    else next = writeText(bytes, next, content);
  }
  if (typeof value === 'string') return writeLong(bytes, next, bytes.write(value, next + LONG_BYTES));
  return value === null ? writeMark(bytes, next, NONE) : writeBytes(bytes, next, value);
};

const writeMark = (bytes: Buffer, at: number, mark: number): number => {
  bytes[at] = mark;
  return at + 1;
};

const writeText = (bytes: Buffer, at: number, text: string): number => {
  if (text.length > SHORT_UNITS) return writeLong(bytes, at, bytes.write(text, at + LONG_BYTES));
  const length = bytes.write(text, at + 1);
  bytes[at] = length;
  return at + 1 + length;
};

const writeBytes = (bytes: Buffer, at: number, piece: Uint8Array): number => {
  bytes.set(piece, at + LONG_BYTES);
  return writeLong(bytes, at, piece.length);
};

const writeLong = (bytes: Buffer, at: number, length: number): number => {
  bytes[at] = LONG;
  return bytes.writeUInt32BE(length, at + 1) + length;
};

type ReadRecord = {
  readonly key: Uint8Array | null;
  readonly headers: readonly Header[];
  readonly value: Uint8Array | null;
};

/** The key of the record that begins there, in place. */
export const keyAt = (bytes: Buffer, at: number): Buffer | null => {
  const length = bytes.readUInt8(at);
  if (length === NONE) return null;
  if (length !== LONG) return bytes.subarray(at + 1, at + 1 + length);
  const start = at + LONG_BYTES;
  return bytes.subarray(start, start + bytes.readUInt32BE(at + 1));
};

/** The record that begins there, in copies: sent on, a part of a buffer takes all of it along. */
export const readRecord = (bytes: Buffer, start: number): ReadRecord => {
  let at = start;
  let key: Uint8Array | null = null;
  const count = (): number => bytes.readUInt32BE((at += 4) - 4);
  const copied = (length: number): Uint8Array => new Uint8Array(bytes.subarray(at, (at += length)));
  const piece = (): Uint8Array | null => {
    const mark = bytes.readUInt8(at++);
    if (mark === NONE) return null;
    if (mark === AS_KEY) return key;
    return copied(mark === LONG ? count() : mark);
  };
  const name = (): string => {
    const number = bytes.readUInt8(at++);
    return nameOfNumber(number) ?? Buffer.from(piece() ?? []).toString();
  };
  key = piece();
  const headers = Array.from({ length: count() }, (): Header => [name(), piece() ?? new Uint8Array(0)]);
  return { key, headers, value: piece() };
};
