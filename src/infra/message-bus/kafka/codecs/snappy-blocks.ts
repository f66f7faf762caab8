import { uncompress } from 'snappyjs';

// Java clients write snappy in blocks behind this; librdkafka writes one block without it.
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const HEADER_BYTES = 16;
const LENGTH_BYTES = 4;

/** @throws Error where it is damaged or holds more than `maxBytes` */
export const readSnappy = (bytes: Buffer, maxBytes: number): Buffer => {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return uncompress(bytes, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = HEADER_BYTES; at < bytes.length;) {
    const from = at + LENGTH_BYTES;
    at = from + bytes.readUInt32BE(at);
    if (at > bytes.length) throw new RangeError('a snappy block is cut off');
    const block = uncompress(bytes.subarray(from, at), left);
    left -= block.length;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
};
