import { crc32c } from './crc32c.ts';

/** Of a batch as the broker stores it. */
export type BatchHeader = {
  readonly baseOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly maxTimestamp: bigint;
  readonly codec: number;
  readonly count: number;
  readonly crc: number;
  /** The whole batch, header included. */
  readonly raw: Buffer;
};

const HEADER_BYTES = 61;
const LENGTH_END = 12;
const CHECKED_FROM = 21;
const MAGIC = 2;

/**
 * Finds the header in front of a batch's records: kafkajs gives a codec only those, as a view of what it received.
 * Undefined where there is none, as with the formats before Kafka 0.11.
 */
export const headerBefore = (records: Buffer): BatchHeader | undefined => {
  const from = records.byteOffset - HEADER_BYTES;
  if (from < 0) return undefined;
  const raw = Buffer.from(records.buffer, from, HEADER_BYTES + records.length);
  if (raw.readInt8(16) !== MAGIC || raw.readInt32BE(8) !== raw.length - LENGTH_END) return undefined;
  return {
    baseOffset: raw.readBigInt64BE(0),
    crc: raw.readUInt32BE(17),
    codec: raw.readInt16BE(21) & 7,
    lastOffsetDelta: raw.readInt32BE(23),
    maxTimestamp: raw.readBigInt64BE(35),
    count: raw.readInt32BE(57),
    raw,
  };
};

export const isIntact = ({ raw, crc }: BatchHeader): boolean => crc32c(raw.subarray(CHECKED_FROM)) === crc;
