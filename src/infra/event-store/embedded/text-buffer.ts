import type { Cursor } from './bytes.ts';
import { skip } from './bytes.ts';
import { UUID_BYTES } from './uuid-bytes.ts';
import { UUID_TEXT_BYTES, writeUuidText } from './uuid-text.ts';

/** Text put together as UTF-8, over what was there before. */
export type TextBuffer = {
  /** Begins anew, with these bytes. */
  readonly begin: (bytes: Uint8Array) => void;
  readonly bytes: (bytes: Uint8Array) => void;
  readonly text: (text: string) => void;
  /** The id whose 16 bytes are next, in quotes. */
  readonly uuid: (from: Cursor) => void;
  /** Until the next `begin`. */
  readonly written: () => Buffer;
};

// Most texts; it grows for those with more.
const FIRST_BYTES = 2048;
const MOST_PER_UNIT = 3;
const QUOTE = 0x22;

export const textBuffer = (): TextBuffer => {
  let buffer = Buffer.alloc(FIRST_BYTES);
  let at = 0;
  const room = (bytes: number): void => {
    if (at + bytes > buffer.length) buffer = Buffer.concat([buffer], 2 * (at + bytes));
  };
  const put = (bytes: Uint8Array): void => {
    room(bytes.length);
    buffer.set(bytes, at);
    at += bytes.length;
  };
  return {
    begin: (bytes) => {
      at = 0;
      put(bytes);
    },
    bytes: put,
    text: (text) => {
      room(MOST_PER_UNIT * text.length);
      at += buffer.write(text, at);
    },
    uuid: (from) => {
      const start = from.at;
      skip(from, UUID_BYTES);
      room(UUID_TEXT_BYTES + 2);
      buffer[at] = QUOTE;
      writeUuidText(buffer, at + 1, from.bytes, start);
      buffer[at + 1 + UUID_TEXT_BYTES] = QUOTE;
      at += UUID_TEXT_BYTES + 2;
    },
    written: () => buffer.subarray(0, at),
  };
};
