const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * The partition of a key, as Kafka's own clients choose it: every bus and every producer agrees.
 *
 * @param partitions how many the topic has, at least 1
 */
export const partitionOf = (key: Uint8Array, partitions: number): number =>
  (murmur2(key) & 0x7fffffff) % partitions;

/** Kafka's murmur2, on signed 32-bit numbers. */
const murmur2 = (data: Uint8Array): number => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const whole = data.length & ~3;
  let hash = SEED ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(view.getInt32(at, true), M);
    hash = Math.imul(hash, M) ^ Math.imul(mixed ^ (mixed >>> 24), M);
  }
  if (data.length > whole) hash = Math.imul(hash ^ rest(data, whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
};

const rest = (data: Uint8Array, from: number): number =>
  [...data.subarray(from)].reduce((sum, byte, index) => sum | (byte << (8 * index)), 0);
