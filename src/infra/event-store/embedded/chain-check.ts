import { HASH_BYTES } from '../hash.ts';

/** What the first event of a stream is chained to, as text of one character a byte. */
export const NO_HASH = '\0'.repeat(HASH_BYTES);

/** A text's UTF-8 bytes, as text of one character a byte. */
const binaryOf = (text: string): string =>
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

/** The same as those bytes. */
export const hashedBytes = (text: string): Buffer => Buffer.from(hashedPart(text), 'latin1');
