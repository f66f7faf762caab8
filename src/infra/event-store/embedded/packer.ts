import { writeUuid, UUID_BYTES } from './uuid-bytes.ts';

/** Writes into one buffer that grows. Numbers have their high byte first. */
export type Packer = {
  /** Where the next byte goes. */
  readonly at: () => number;
  readonly byte: (value: number) => void;
  /** Unsigned, little groups of 7 bits first. */
  readonly varint: (value: number) => void;
  readonly uint48: (value: number) => void;
  /** UTF-8 behind its length as a varint. */
  readonly text: (value: string) => void;
  /** UTF-8 behind its length in four bytes, as the chain hashes it. */
  readonly part: (value: string) => void;
  readonly bytes: (value: Uint8Array) => void;
  /** Once more what was written from one place up to another. */
  readonly again: (from: number, to: number) => void;
  readonly uuid: (value: string) => void;
  /** Hex of so many bytes. */
  readonly hex: (value: string, bytes: number) => void;
  /** Begins anew, over what was written. */
  readonly rewind: () => void;
  /** What was written, from a place on or all of it, until the next `rewind`. */
  readonly written: (from?: number) => Buffer;
};

const LOW = 0x80;
const UINT48_BYTES = 6;
/** Of a text's length where it is hashed. */
export const LENGTH_BYTES = 4;
/** Of UTF-8, for each unit of a text. */
const MOST_PER_UNIT = 3;

export const packer = (into: ArrayBuffer): Packer => {
  const cursor: Cursor = { buffer: Buffer.from(into), at: 0 };
  return {
    at: () => cursor.at,
    rewind: () => {
      cursor.at = 0;
    },
    written: (from = 0) => cursor.buffer.subarray(from, cursor.at),
    ...numbersAt(cursor),
    ...textsAt(cursor),
    bytes: (value) => {
      const start = room(cursor, value.length);
      cursor.buffer.set(value, start);
    },
    again: (from, to) => {
      const start = room(cursor, to - from);
      cursor.buffer.copyWithin(start, from, to);
    },
  };
};

type Cursor = { buffer: Buffer; at: number };

/** Room for so many bytes; where they go. */
const room = (cursor: Cursor, bytes: number): number => {
  const start = cursor.at;
  if (start + bytes > cursor.buffer.length) cursor.buffer = grown(cursor.buffer, start, start + bytes);
  cursor.at = start + bytes;
  return start;
};

const grown = (old: Buffer, used: number, needed: number): Buffer => {
  const made = Buffer.alloc(Math.max(2 * old.length, needed));
  old.copy(made, 0, 0, used);
  return made;
};

const numbersAt = (cursor: Cursor): Pick<Packer, 'byte' | 'varint' | 'uint48'> => {
  const byte = (value: number): void => {
    const start = room(cursor, 1);
    cursor.buffer[start] = value;
  };
  return {
    byte,
    varint: (value) => {
      let left = value;
      for (; left >= LOW; left = Math.floor(left / LOW)) byte((left % LOW) + LOW);
      byte(left);
    },
    uint48: (value) => {
      const start = room(cursor, UINT48_BYTES);
      cursor.buffer.writeUIntBE(value, start, UINT48_BYTES);
    },
  };
};

const textsAt = (cursor: Cursor): Pick<Packer, 'text' | 'part' | 'uuid' | 'hex'> => {
  const { varint } = numbersAt(cursor);
  return {
    text: (value) => {
      const bytes = Buffer.byteLength(value);
      varint(bytes);
      const start = room(cursor, bytes);
      cursor.buffer.write(value, start);
    },
    part: (value) => {
      const start = room(cursor, LENGTH_BYTES + MOST_PER_UNIT * value.length);
      const length = cursor.buffer.write(value, start + LENGTH_BYTES);
      cursor.buffer.writeUInt32BE(length, start);
      cursor.at = start + LENGTH_BYTES + length;
    },
    uuid: (value) => {
      const start = room(cursor, UUID_BYTES);
      writeUuid(cursor.buffer, start, value);
    },
    hex: (value, bytes) => {
      const start = room(cursor, bytes);
      cursor.buffer.write(value, start, bytes, 'hex');
    },
  };
};
