const MAGIC = 0x184d2204;
const MIN_MATCH = 4;
const LONG = 15;
const UNCOMPRESSED = 0x80000000;
const HEADER_BYTES = 6;

type Source = { readonly bytes: Buffer; at: number };
type Target = { readonly bytes: Buffer; length: number };

/**
 * Reads one LZ4 frame, the form Kafka uses, and refuses whatever does not fit. Checksums are not compared: the batch
 * around it has its own. There is no kept package without native code that bounds its output.
 *
 * @throws RangeError where the frame is damaged or holds more than `maxBytes`
 */
export const readLz4Frame = (frame: Buffer, maxBytes: number): Buffer => {
  const source = { bytes: frame, at: 0 };
  const hasBlockSums = readHeader(source);
  const target = { bytes: Buffer.allocUnsafeSlow(boundOf(frame, maxBytes)), length: 0 };
  for (let size = word(source); size !== 0; size = word(source)) {
    const length = size & ~UNCOMPRESSED;
    const block = { bytes: take(source, length), at: 0 };
    if ((size & UNCOMPRESSED) === 0) readBlock(block, target);
    else append(target, block.bytes);
    if (hasBlockSums) take(source, 4);
  }
  return target.bytes.subarray(0, target.length);
};

// No sequence of LZ4 makes more than 255 bytes of one.
const boundOf = (frame: Buffer, maxBytes: number): number => Math.min(maxBytes, frame.length * 255);

const readHeader = (source: Source): boolean => {
  if (source.bytes.length < HEADER_BYTES || word(source) !== MAGIC) throw new RangeError('no LZ4 frame');
  const flags = byte(source);
  if (flags >>> 6 !== 1) throw new RangeError(`unknown version ${flags >>> 6} of LZ4 frames`);
  const hasSize = (flags & 0x08) !== 0;
  const hasDictionary = (flags & 0x01) !== 0;
  // Block descriptor, content size, dictionary, header checksum.
  take(source, 1 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1);
  return (flags & 0x10) !== 0;
};

const readBlock = (block: Source, target: Target): void => {
  while (block.at < block.bytes.length) {
    const token = byte(block);
    append(target, take(block, lengthFrom(block, token >>> 4)));
    if (block.at === block.bytes.length) return;
    const distance = byte(block) | (byte(block) << 8);
    repeat(target, distance, lengthFrom(block, token & LONG) + MIN_MATCH);
  }
};

const lengthFrom = (source: Source, first: number): number => {
  let length = first;
  if (first !== LONG) return length;
  for (let more = 255; more === 255; length += more) more = byte(source);
  return length;
};

const append = (target: Target, bytes: Buffer): void => {
  assertRoom(target, bytes.length);
  bytes.copy(target.bytes, target.length);
  target.length += bytes.length;
};

// What is repeated may reach into what the repetition itself writes.
const repeat = (target: Target, distance: number, length: number): void => {
  if (distance === 0 || distance > target.length)
    throw new RangeError('an LZ4 match points before its frame');
  assertRoom(target, length);
  const { bytes } = target;
  for (const end = target.length + length; target.length < end; target.length += 1)
    bytes[target.length] = bytes[target.length - distance] ?? 0;
};

const assertRoom = ({ bytes, length }: Target, more: number): void => {
  if (length + more > bytes.length) throw new RangeError(`more than ${bytes.length} bytes uncompressed`);
};

const take = (source: Source, length: number): Buffer => {
  const end = source.at + length;
  if (end > source.bytes.length) throw new RangeError('an LZ4 frame is cut off');
  const taken = source.bytes.subarray(source.at, end);
  source.at = end;
  return taken;
};

const byte = (source: Source): number => take(source, 1).readUInt8();
const word = (source: Source): number => take(source, 4).readUInt32LE();
