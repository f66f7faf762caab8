import { HASH_BYTES } from '../hash.ts';
import { reader } from './bytes.ts';
import type { Common } from './metadata-bytes.ts';
import { readCommon } from './metadata-bytes.ts';
import { UUID_BYTES, uuidFromBytes } from './uuid-bytes.ts';

/** `events.body`: hash, event id, index within the append, at index 0 what the append shares, canonical data. */
export type Body = {
  readonly bytes: Buffer;
  readonly eventId: string;
  readonly index: number;
  /** Stored with the first event of an append only. */
  readonly common: Common | undefined;
  /** Where the data begins. */
  readonly data: number;
};

/** The event id's 16 bytes, without looking at the rest. */
export const eventIdIn = (body: Uint8Array): Buffer =>
  Buffer.from(body.subarray(HASH_BYTES, HASH_BYTES + UUID_BYTES));

/** @throws RangeError for bytes that `packAppend` does not write. */
export const unpackBody = (stream: string, from: Uint8Array): Body => {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  if (bytes.length <= INDEX) throw new RangeError('the bytes end too early');
  const eventId = uuidFromBytes(bytes, HASH_BYTES);
  const rest = reader(bytes, INDEX);
  const index = rest.varint();
  const common = index === 0 ? readCommon(rest, stream) : undefined;
  return { bytes, eventId, index, common, data: rest.at() };
};

const INDEX = HASH_BYTES + UUID_BYTES;

/** Lower-case hex. */
export const hashIn = ({ bytes }: Body): string => bytes.toString('hex', 0, HASH_BYTES);

/** Canonical JSON. */
export const dataIn = ({ bytes, data }: Body): string => bytes.toString('utf8', data);
