import type { BatchHeader } from './batch-header.ts';

/** What is known of a batch that cannot be decoded. */
export type UndecodableBatch = {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly timestamp: number;
  readonly reason: string;
  /** As it is stored, its beginning. */
  readonly raw: Uint8Array;
  readonly rawBytes: number;
};

const KEPT_BYTES = 65_536;
// A count no batch has: the header itself is damaged, and making as many records would take all memory.
const MAX_COUNT = 1_000_000;

// By the memory of the records that stand for it: no producer can forge that, as it could a header.
const batches = new WeakMap<ArrayBufferLike, UndecodableBatch>();

/**
 * As many records as kafkajs expects of a batch, all with the batch's last offset, so that it goes on decoding what
 * was fetched with it and the batch keeps its place.
 *
 * @throws Error where the header cannot be believed
 */
export const standIn = (header: BatchHeader, reason: string): Buffer => {
  const { baseOffset, lastOffsetDelta, count, raw } = header;
  if (count > MAX_COUNT || lastOffsetDelta < 0)
    throw new Error(`the batch at offset ${baseOffset} has a damaged header: ${reason}`);
  const record = Buffer.from([0, 0, ...zigzag(lastOffsetDelta), ...zigzag(-1), ...zigzag(1), 0, 0]);
  const one = Buffer.from([...zigzag(record.length), ...record]);
  // Not from Node's shared pool: its memory must belong to this batch alone.
  const records = Buffer.from(new ArrayBuffer(one.length * count)).fill(one);
  batches.set(records.buffer, {
    baseOffset,
    lastOffset: baseOffset + BigInt(lastOffsetDelta),
    timestamp: Number(header.maxTimestamp),
    reason,
    raw: new Uint8Array(raw.subarray(0, KEPT_BYTES)),
    rawBytes: raw.length,
  });
  return records;
};

/** The batch a record's value stands for. */
export const undecodableBatch = (value: Uint8Array | null): UndecodableBatch | undefined =>
  value === null ? undefined : batches.get(value.buffer);

const zigzag = (value: number): readonly number[] => {
  const bytes: number[] = [];
  let left = value < 0 ? -2 * value - 1 : 2 * value;
  for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  return [...bytes, left];
};
