import type { OutRecord } from '../port.ts';
import { sizeOfHeaders, writeHeaders } from './header-bytes.ts';

/** Records on their way to the thread. Cloning many small objects costs several times as much as one piece of bytes. */
export type PackedRecords = { readonly topics: readonly string[]; readonly bytes: Uint8Array };

/** A record as it is stored: its headers in one piece. */
export type PackedRecord = {
  readonly topic: string;
  readonly key: Uint8Array | null;
  readonly headers: Uint8Array;
  readonly value: Uint8Array | null;
};

const NUMBER_BYTES = 4;
const NONE = 0xffffffff;

/** Of each record: the number of its topic, then key, headers and value, each behind its length. */
export const packRecords = (records: readonly OutRecord[]): PackedRecords => {
  const topics = [...new Set(records.map(({ topic }) => topic))];
  const numbers = new Map(topics.map((topic, index) => [topic, index]));
  const bytes = Buffer.allocUnsafe(records.reduce((sum, record) => sum + sizeOf(record), 0));
  let at = 0;
  for (const { topic, key, headers, value } of records) {
    at = bytes.writeUInt32BE(numbers.get(topic) ?? NONE, at);
    at = writeText(bytes, at, key);
    const end = writeHeaders(bytes, at + NUMBER_BYTES, headers);
    bytes.writeUInt32BE(end - at - NUMBER_BYTES, at);
    at = writePiece(bytes, end, value);
  }
  return { topics, bytes };
};

const sizeOf = ({ key, headers, value }: OutRecord): number =>
  4 * NUMBER_BYTES + Buffer.byteLength(key ?? '') + sizeOfHeaders(headers) + (value?.byteLength ?? 0);

const writeText = (bytes: Buffer, at: number, text: string | null): number => {
  if (text === null) return bytes.writeUInt32BE(NONE, at);
  const length = bytes.write(text, at + NUMBER_BYTES);
  return bytes.writeUInt32BE(length, at) + length;
};

const writePiece = (bytes: Buffer, at: number, piece: Uint8Array | null): number => {
  if (piece === null) return bytes.writeUInt32BE(NONE, at);
  const start = bytes.writeUInt32BE(piece.byteLength, at);
  bytes.set(piece, start);
  return start + piece.byteLength;
};

export const unpackRecords = ({ topics, bytes }: PackedRecords): readonly PackedRecord[] => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: PackedRecord[] = [];
  let at = 0;
  const nextNumber = (): number => buffer.readUInt32BE((at += NUMBER_BYTES) - NUMBER_BYTES);
  const next = (): Buffer | null => {
    const length = nextNumber();
    return length === NONE ? null : buffer.subarray(at, (at += length));
  };
  while (at < buffer.length) {
    const topic = topics[nextNumber()] ?? '';
    records.push({ topic, key: next(), headers: next() ?? Buffer.alloc(0), value: next() });
  }
  return records;
};
