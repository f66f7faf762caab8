import { hash } from 'node:crypto';
import type { Body } from './body.ts';
import { packer } from './packer.ts';

// Most events' input; it grows for those with more.
const INPUT_BYTES = 4096;

/** A text's UTF-8 bytes, as text of one character a byte. */
export const binaryOf = (text: string): string =>
  Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString('latin1');

/** A part of what is hashed: the length of a text and its UTF-8 bytes, as text of one character a byte. */
export const hashedPart = (text: string): string => {
  const bytes = binaryOf(text);
  const { length } = bytes;
  return (
    String.fromCharCode(length >>> 24, (length >>> 16) & BYTE, (length >>> 8) & BYTE, length & BYTE) + bytes
  );
};

const BYTE = 0xff;

/**
 * `chainHash` over bytes as they are stored, between what comes before the data and what comes behind it. Hashes and
 * what comes before are texts of one character a byte: all input is made in one place, with few calls.
 */
export const bytesHash = (): ((before: string, data: Body, behind: Uint8Array) => string) => {
  const out = packer(new ArrayBuffer(INPUT_BYTES));
  return (before, { bytes, data }, behind) => {
    out.rewind();
    out.binary(before);
    out.uint32(bytes.length - data);
    out.bytes(bytes.subarray(data));
    out.bytes(behind);
    return hash('sha256', out.written(), 'binary');
  };
};
