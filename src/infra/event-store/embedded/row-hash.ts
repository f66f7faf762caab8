import { hash } from 'node:crypto';
import { HASH_BYTES } from '../hash.ts';
import type { EventRow } from './row.ts';
import { UUID_TEXT_BYTES, writeUuidText } from './uuid-text.ts';

// Most events' input; it grows for those with more.
const INPUT_BYTES = 4096;
const LENGTH_BYTES = 4;
/** Hash, revision, event id and the lengths of these and the data. */
const FIXED_BYTES = 2 * HASH_BYTES + UUID_TEXT_BYTES + 3 * LENGTH_BYTES;

/** What is hashed of an event beside its own row; all but `prev` with their lengths. */
export type Around = {
  /** The hash before, as text of one character a byte. */
  readonly prev: string;
  readonly stream: Uint8Array;
  readonly type: Uint8Array;
  readonly metadata: Uint8Array;
};

/**
 * `chainHash` over bytes as they are stored, as text of one character a byte; `data`: where in the row's bytes its data
 * begins. All input is made in one place.
 */
export const rowHash = (): ((row: EventRow, data: number, around: Around) => string) => {
  let input = inputOf(INPUT_BYTES);
  return (row, data, { prev, stream, type, metadata }) => {
    const dataBytes = row.end - data;
    const most = FIXED_BYTES + stream.length + type.length + dataBytes + metadata.length;
    if (most > input.bytes.length) input = inputOf(2 * most);
    const { bytes, upTo } = input;
    // So short a text is sooner copied here than by the engine.
    for (let at = 0; at < HASH_BYTES; at += 1) bytes[at] = prev.charCodeAt(at);
    bytes.set(stream, HASH_BYTES);
    let at = withLength(bytes, HASH_BYTES + stream.length, String(row.revision));
    writeLength(bytes, at, UUID_TEXT_BYTES);
    writeUuidText(bytes, at + LENGTH_BYTES, row.bytes, row.start + HASH_BYTES);
    at += LENGTH_BYTES + UUID_TEXT_BYTES;
    bytes.set(type, at);
    at += type.length;
    writeLength(bytes, at, dataBytes);
    row.bytes.copy(bytes, at + LENGTH_BYTES, data, row.end);
    at += LENGTH_BYTES + dataBytes;
    bytes.set(metadata, at);
    return hash('sha256', upTo(at + metadata.length), 'binary');
  };
};

/** Memory for so many bytes, and the part of it up to a length. Most inputs are of a few lengths: their parts are kept. */
const inputOf = (most: number) => {
  const bytes = Buffer.alloc(most);
  const parts = new Map<number, Buffer>();
  const upTo = (length: number): Buffer => {
    const known = parts.get(length);
    if (known !== undefined) return known;
    const part = bytes.subarray(0, length);
    if (length <= INPUT_BYTES) parts.set(length, part);
    return part;
  };
  return { bytes, upTo };
};

/** Writes a text of one byte a character behind its length; where it ends. */
const withLength = (to: Buffer, at: number, text: string): number => {
  writeLength(to, at, text.length);
  for (let index = 0; index < text.length; index += 1) to[at + LENGTH_BYTES + index] = text.charCodeAt(index);
  return at + LENGTH_BYTES + text.length;
};

const writeLength = (to: Buffer, at: number, bytes: number): void => {
  to[at] = bytes >>> 24;
  to[at + 1] = bytes >>> 16;
  to[at + 2] = bytes >>> 8;
  to[at + 3] = bytes;
};
