import type { OutRecord } from './port.ts';

/** Leaves room for what a batch adds below the 1,048,588 bytes Kafka takes unless told otherwise. */
export const MAX_RECORD_BYTES = 1_000_000;

// Lengths, offset and time of a record, and the length of each header's name and value: never more than this.
const RECORD_OVERHEAD = 40;
const HEADER_OVERHEAD = 12;
// The most bytes of UTF-8 for one UTF-16 unit.
const MOST_PER_UNIT = 3;

/** An upper bound of what a record takes on the wire. */
export const sizeOf = ({ key, value, headers }: OutRecord): number => {
  const ofHeaders = headers.reduce(
    (sum, [name, value]) => sum + HEADER_OVERHEAD + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  return RECORD_OVERHEAD + Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + ofHeaders;
};

/** The same, higher by far and at a glance: no text is looked through. */
export const mostBytesOf = ({ key, value, headers }: OutRecord): number => {
  let units = key?.length ?? 0;
  for (const header of headers) units += header[0].length + header[1].length;
  const overhead = RECORD_OVERHEAD + headers.length * HEADER_OVERHEAD;
  const ofValue = typeof value === 'string' ? MOST_PER_UNIT * value.length : (value?.byteLength ?? 0);
  return overhead + MOST_PER_UNIT * units + ofValue;
};

/** The first record that can never be published, in words. */
export const tooLarge = (records: readonly OutRecord[]): string | undefined => {
  const large = records.find(isTooLarge);
  return (
    large && `a record for ${large.topic} has ${sizeOf(large)} bytes, at most ${MAX_RECORD_BYTES} are taken`
  );
};

const isTooLarge = (record: OutRecord): boolean =>
  mostBytesOf(record) > MAX_RECORD_BYTES && sizeOf(record) > MAX_RECORD_BYTES;
