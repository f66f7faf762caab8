import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { BatchHeader } from './batch-header.ts';
import { headerBefore, isIntact } from './batch-header.ts';
import { checkRecords } from './check-records.ts';
import { readLz4Frame } from './lz4-frame.ts';
import { readSnappy } from './snappy-blocks.ts';
import { standIn } from './stand-in.ts';

/** What one batch may hold uncompressed. */
export const MAX_BATCH_BYTES = 16 * 1024 * 1024;

const CODECS = [0, 1, 2, 3, 4, 5, 6, 7];

const gunzipped = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

type Uncompress = (bytes: Buffer, maxBytes: number) => Promise<Buffer> | Buffer;

/** How the bytes of a batch are packed, by the number in its attributes. A number not here is no codec. */
const UNCOMPRESS: Readonly<Record<number, Uncompress>> = {
  0: (bytes) => bytes,
  1: (bytes, maxOutputLength) => gunzipped(bytes, { maxOutputLength }),
  2: readSnappy,
  3: readLz4Frame,
  4: (bytes, maxOutputLength) => unzstd(bytes, { maxOutputLength }),
};

/**
 * Makes kafkajs look at every batch before it decodes it, whatever its codec, 0 included: checksum, size
 * uncompressed, structure. A batch that fails is replaced by records that stand for it (`undecodableBatch`), because
 * what a codec throws ends the consumer, and it would meet the same batch again. We publish uncompressed.
 */
export const registerCodecs = (): void => {
  Object.assign(
    kafkajs.CompressionCodecs,
    Object.fromEntries(
      CODECS.map((codec) => [codec, () => ({ decompress: (bytes: Buffer) => decompress(codec, bytes) })]),
    ),
  );
};

const decompress = async (codec: number, bytes: Buffer): Promise<Buffer> => {
  const header = headerBefore(bytes);
  if (header === undefined) return uncompressed(codec, bytes);
  try {
    return await decoded(header, bytes);
  } catch (error) {
    return standIn(header, error instanceof Error ? error.message : String(error));
  }
};

const decoded = async (header: BatchHeader, bytes: Buffer): Promise<Buffer> => {
  if (!isIntact(header)) throw new Error('its checksum does not match');
  const records = await uncompressed(header.codec, bytes);
  checkRecords(records, header.count);
  return records;
};

const uncompressed = async (codec: number, bytes: Buffer): Promise<Buffer> => {
  const read = UNCOMPRESS[codec];
  if (read === undefined) throw new Error(`there is no codec ${codec}`);
  return read(bytes, MAX_BATCH_BYTES);
};
