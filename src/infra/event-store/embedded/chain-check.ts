import { HASH_BYTES } from '../hash.ts';
import { LENGTH_BYTES } from './packer.ts';

/** What the first event of a stream is chained to, as text of one character a byte. */
export const NO_HASH = '\0'.repeat(HASH_BYTES);

/** A part of what is hashed: the length of a text in four bytes and its UTF-8 bytes. */
export const hashedBytes = (text: string): Buffer => {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + length);
  bytes.writeUInt32BE(length);
  bytes.write(text, LENGTH_BYTES);
  return bytes;
};
