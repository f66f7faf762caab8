import type { OutRecord } from '../port.ts';
import { mostBytesOf } from '../record-size.ts';
import { keyAt, writeRecord } from './record-bytes.ts';

/**
 * Records on their way to the thread, in memory that both sides see: nothing is copied to get there, and the same
 * memory serves the next batch.
 */
export type PackedRecords = {
  readonly topics: readonly string[];
  readonly space: SharedArrayBuffer;
  /** How many bytes of it. */
  readonly length: number;
};

/** A record as it is stored: how long it is, and the record. */
type PackedRecord = {
  /** Its topic's index. */
  readonly topic: number;
  readonly key: Uint8Array | null;
  readonly bytes: Buffer;
};

export const NUMBER_BYTES = 4;
const FIRST_BYTES = 64 * 1024;
// What a burst needed once is not kept.
const MOST_KEPT = 1024 * 1024;

type RecordPacker = {
  /** Each behind the number of its topic and its length. */
  readonly pack: (records: readonly OutRecord[]) => PackedRecords;
  /** Once the thread has answered: what was packed is overwritten by a later batch. */
  readonly giveBack: (packed: PackedRecords) => void;
};

export const recordPacker = (): RecordPacker => {
  let free: SharedArrayBuffer | undefined;
  return {
    pack: (records) => {
      let bytes = Buffer.from(free ?? new SharedArrayBuffer(FIRST_BYTES));
      free = undefined;
      const topics: string[] = [];
      let at = 0;
      for (const record of records) {
        const most = at + 2 * NUMBER_BYTES + mostBytesOf(record);
        if (most > bytes.length) bytes = grown(bytes, at, most);
        const start = bytes.writeUInt32BE(numberIn(topics, record.topic), at) + NUMBER_BYTES;
        at = writeRecord(bytes, start, record);
        bytes.writeUInt32BE(at - start, start - NUMBER_BYTES);
      }
      return { topics, space: bytes.buffer, length: at };
    },
    giveBack: ({ space }) => {
      if (space.byteLength <= MOST_KEPT) free = space;
    },
  };
};

const grown = (old: Buffer, used: number, needed: number): Buffer<SharedArrayBuffer> => {
  const made = Buffer.from(new SharedArrayBuffer(Math.max(2 * old.length, needed)));
  old.copy(made, 0, 0, used);
  return made;
};

/** A batch has few topics: looking through them is cheaper than anything else. */
const numberIn = (topics: string[], topic: string): number => {
  const known = topics.indexOf(topic);
  return known === -1 ? topics.push(topic) - 1 : known;
};

export function* unpackRecords({ space, length }: PackedRecords): Generator<PackedRecord> {
  const buffer = Buffer.from(space, 0, length);
  for (let at = 0; at < buffer.length;) {
    const start = at + NUMBER_BYTES;
    const end = start + NUMBER_BYTES + buffer.readUInt32BE(start);
    yield {
      topic: buffer.readUInt32BE(at),
      key: keyAt(buffer, start + NUMBER_BYTES),
      bytes: buffer.subarray(start, end),
    };
    at = end;
  }
}
