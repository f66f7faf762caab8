import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
const INNER = 0x36;
const OUTER = 0x5c;

/**
 * HMAC-SHA-256 (RFC 2104) of messages of one length, under a key of at most 64 bytes: two hashes as texts, over bytes that
 * lie where the last ones lay. `createHmac` costs four times as much for the objects it makes, and every event that
 * leaves has one of these.
 * @returns writes the MAC of what stands in `message` into `mac`, as much of it as fits, 32 bytes at most.
 * @throws RangeError for sizes that are none of these.
 */
export const hmacSha256 = (key: Uint8Array, message: Buffer, mac: Buffer): (() => void) => {
  if (key.length > BLOCK_BYTES) throw new RangeError(`a key has at most ${BLOCK_BYTES} bytes`);
  if (mac.length > HASH_BYTES) throw new RangeError(`a MAC has at most ${HASH_BYTES} bytes`);
  const inner = padded(key, INNER, message.length);
  const outer = padded(key, OUTER, HASH_BYTES);
  return () => {
    inner.set(message, BLOCK_BYTES);
    outer.write(hash('sha256', inner, 'binary'), BLOCK_BYTES, 'latin1');
    mac.write(hash('sha256', outer, 'binary'), 'latin1');
  };
};

/** A block of the key, with room behind it. */
const padded = (key: Uint8Array, pad: number, room: number): Buffer => {
  const bytes = Buffer.alloc(BLOCK_BYTES + room);
  bytes.fill(pad, 0, BLOCK_BYTES);
  key.forEach((byte, at) => (bytes[at] = byte ^ pad));
  return bytes;
};
