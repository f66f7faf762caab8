import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { readLz4Frame } from './lz4-frame.ts';
import { readSnappy } from './snappy-blocks.ts';

const gunzipped = promisify(gunzip);
const unzstd = promisify(zstdDecompress);

export type Uncompress = (bytes: Buffer, maxBytes: number) => Promise<Buffer> | Buffer;

/** How the bytes of a batch are packed, by the number in its attributes. A number not here is no codec. */
export const UNCOMPRESS: Readonly<Record<number, Uncompress>> = {
  0: (bytes) => bytes,
  1: (bytes, maxOutputLength) => gunzipped(bytes, { maxOutputLength }),
  2: readSnappy,
  3: readLz4Frame,
  4: (bytes, maxOutputLength) => unzstd(bytes, { maxOutputLength }),
};
