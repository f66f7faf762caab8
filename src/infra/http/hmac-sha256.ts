import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/**
 * HMAC-SHA-256 (RFC 2104) under one key of at most 64 bytes, in hex. Made of two one-shot hashes: every event that
 * leaves has one of these, and an object of Node's for each costs several times as much, mostly to be collected.
 */
export const hmacSha256 = (key: Uint8Array): ((message: Uint8Array) => string) => {
  if (key.length > BLOCK_BYTES) throw new RangeError(`a key has at most ${String(BLOCK_BYTES)} bytes`);
  const inner = padded(key, 0x36);
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(HASH_BYTES)]);
  return (message) => {
    outer.write(hash('sha256', Buffer.concat([inner, message])), BLOCK_BYTES, 'hex');
    return hash('sha256', outer);
  };
};

const padded = (key: Uint8Array, pad: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (key[index] ?? 0) ^ pad));
