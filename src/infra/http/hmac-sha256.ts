import { compress, INITIAL } from './sha256-block.ts';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** Behind a message: one byte, then its length in eight. */
const PADDING_BYTES = 9;
const INNER = 0x36;
const OUTER = 0x5c;

/**
 * HMAC-SHA-256 (RFC 2104) of messages that fit into one block, at most 55 bytes, under a key of at most 64. Made here, two
 * blocks each, from what the key alone makes of the hash: every event that leaves has one of these. Calls into Node cost
 * several times as much in a busy server, though not in a loop that does nothing else.
 * @returns writes the MAC of what stands in `message` into `mac`, as much of it as fits: whole words, 32 bytes at most.
 * @throws RangeError for sizes that are none of these.
 */
export const hmacSha256 = (key: Uint8Array, message: Buffer, mac: Buffer): (() => void) => {
  if (key.length > BLOCK_BYTES) throw new RangeError(`a key has at most ${BLOCK_BYTES} bytes`);
  if (message.length > BLOCK_BYTES - PADDING_BYTES) throw new RangeError('the message does not fit');
  if (mac.length > HASH_BYTES || mac.length % 4 > 0) throw new RangeError('a MAC has 1 to 8 words');
  const inner = keyed(key, INNER);
  const outer = keyed(key, OUTER);
  const state = new Int32Array(INITIAL.length);
  const text = lastBlock(message.length);
  const words = new Int32Array(BLOCK_BYTES / 4);
  const hash = wordsOf(lastBlock(HASH_BYTES));
  return () => {
    text.set(message);
    readWords(text, words);
    compress(inner, words, state);
    hash.set(state);
    compress(outer, hash, state);
    for (let at = 0; at < mac.length; at += 4) mac.writeInt32BE(state[at / 4] ?? 0, at);
  };
};

/** The state once a block of the key was taken in. */
const keyed = (key: Uint8Array, pad: number): Int32Array => {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  key.forEach((byte, at) => (block[at] = byte ^ pad));
  const state = new Int32Array(INITIAL.length);
  compress(INITIAL, wordsOf(block), state);
  return state;
};

/** The second and last block of a text, all but its first `bytes`. */
const lastBlock = (bytes: number): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.writeUInt8(0x80, bytes);
  block.writeUInt32BE((BLOCK_BYTES + bytes) * 8, BLOCK_BYTES - 4);
  return block;
};

const wordsOf = (block: Buffer): Int32Array => {
  const words = new Int32Array(BLOCK_BYTES / 4);
  readWords(block, words);
  return words;
};

const readWords = (block: Buffer, into: Int32Array): void => {
  for (let at = 0; at < into.length; at += 1) into[at] = block.readInt32BE(at * 4);
};
