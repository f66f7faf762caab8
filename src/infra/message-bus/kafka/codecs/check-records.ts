// A record with more takes kafkajs time that grows with their square.
const MAX_HEADERS = 1000;
const LONGEST_VARINT = 10;

type Source = { readonly bytes: Buffer; at: number };

/** Walks over the records of a batch. @throws RangeError where kafkajs would read beyond one, or for too many headers */
export const checkRecords = (bytes: Buffer, count: number): void => {
  const source = { bytes, at: 0 };
  for (let index = 0; index < count; index += 1) checkRecord(source);
};

const checkRecord = (source: Source): void => {
  const length = varint(source);
  const end = source.at + length;
  // Attributes, time and offset.
  skip(source, 1);
  varint(source);
  varint(source);
  skipBytes(source);
  skipBytes(source);
  checkHeaders(source);
  if (source.at !== end) throw new RangeError('a record is longer or shorter than it says');
};

const checkHeaders = (source: Source): void => {
  const count = varint(source);
  if (count < 0 || count > MAX_HEADERS) throw new RangeError(`a record has ${count} headers`);
  for (let index = 0; index < count; index += 1) {
    skipBytes(source);
    skipBytes(source);
  }
};

/** Its length is -1 where there is nothing. */
const skipBytes = (source: Source): void => {
  const length = varint(source);
  if (length < -1) throw new RangeError('a length below nothing');
  skip(source, Math.max(0, length));
};

const skip = (source: Source, length: number): void => {
  source.at += length;
  if (source.at > source.bytes.length) throw new RangeError('a record is cut off');
};

const varint = (source: Source): number => {
  let value = 0;
  for (let index = 0; index < LONGEST_VARINT; index += 1) {
    const byte = source.bytes[source.at];
    if (byte === undefined) throw new RangeError('a record is cut off');
    source.at += 1;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw new RangeError('a number has no end');
};
