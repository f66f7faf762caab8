import { writeUuid, UUID_BYTES } from './uuid-bytes.ts';

/** Writes into one buffer that grows; what was written can be overwritten where it was. Numbers have their high byte first. */
export type Packer = {
  /** Where the next byte goes. */
  readonly at: () => number;
  readonly byte: (value: number) => void;
  /** Unsigned, little groups of 7 bits first. */
  readonly varint: (value: number) => void;
  /** Leaves room, with whatever is in it. */
  readonly skip: (bytes: number) => void;
  readonly uint32: (value: number) => void;
  readonly uint32At: (at: number, value: number) => void;
  /** UTF-8 without its length. */
  readonly raw: (value: string) => void;
  /** UTF-8 behind its length as a varint. */
  readonly text: (value: string) => void;
  readonly bytes: (value: Uint8Array) => void;
  /** Text of one character a byte. */
  readonly binary: (value: string) => void;
  /** Once more what was written from one place up to another. */
  readonly again: (from: number, to: number) => void;
  readonly uuid: (value: string) => void;
  /** Lower-case hex as `bytes` bytes; anything else is written as what no hash is. */
  readonly hex: (value: string, bytes: number) => void;
  /** Begins anew, over what was written. */
  readonly rewind: () => void;
  /** What was written, until the next `rewind`. */
  readonly written: () => Buffer;
  /** The buffer that all of it lies in, from its start. The packer must not be used afterwards. */
  readonly done: () => ArrayBuffer;
};

const LOW = 0x80;
const WORD = 4;
const NO_HEX = 0xff;
// The most bytes of UTF-8 for one UTF-16 unit.
const MOST_PER_UNIT = 3;

export const packer = (into: ArrayBuffer): Packer => {
  const cursor: Cursor = { buffer: Buffer.from(into), at: 0 };
  return {
    at: () => cursor.at,
    skip: (bytes) => void room(cursor, bytes),
    rewind: () => {
      cursor.at = 0;
    },
    written: () => cursor.buffer.subarray(0, cursor.at),
    done: () => cursor.buffer.buffer,
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

type Cursor = { buffer: Buffer<ArrayBuffer>; at: number };

/** Room for so many bytes; where they go. */
const room = (cursor: Cursor, bytes: number): number => {
  const start = cursor.at;
  if (start + bytes > cursor.buffer.length) cursor.buffer = grown(cursor.buffer, start, start + bytes);
  cursor.at = start + bytes;
  return start;
};

const grown = (old: Buffer, used: number, needed: number): Buffer<ArrayBuffer> => {
  const made = Buffer.from(new ArrayBuffer(Math.max(2 * old.length, needed)));
  old.copy(made, 0, 0, used);
  return made;
};

const numbersAt = (cursor: Cursor): Pick<Packer, 'byte' | 'varint' | 'uint32' | 'uint32At'> => {
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
    uint32: (value) => {
      const start = room(cursor, WORD);
      cursor.buffer.writeUInt32BE(value, start);
    },
    uint32At: (at, value) => void cursor.buffer.writeUInt32BE(value, at),
  };
};

const textsAt = (cursor: Cursor): Pick<Packer, 'raw' | 'text' | 'binary' | 'uuid' | 'hex'> => {
  const { varint } = numbersAt(cursor);
  const raw = (value: string): void => {
    const start = room(cursor, MOST_PER_UNIT * value.length);
    cursor.at = start + cursor.buffer.write(value, start);
  };
  return {
    raw,
    text: (value) => {
      varint(Buffer.byteLength(value));
      raw(value);
    },
    binary: (value) => {
      const start = room(cursor, value.length);
      cursor.buffer.write(value, start, 'latin1');
    },
    uuid: (value) => {
      const start = room(cursor, UUID_BYTES);
      writeUuid(cursor.buffer, start, value);
    },
    hex: (value, bytes) => {
      const start = room(cursor, bytes);
      const isHash = cursor.buffer.write(value, start, bytes, 'hex') === bytes;
      if (!isHash) cursor.buffer.fill(NO_HEX, start, start + bytes);
    },
  };
};
