import { HASH_BYTES } from '../hash.ts';
import { cursorAt, varintIn } from './bytes.ts';
import type { Common } from './metadata-bytes.ts';
import { readCommon } from './metadata-bytes.ts';
import { UUID_BYTES, uuidOfHex } from './uuid-bytes.ts';

/** `events.body`: hash, event id, index within the append, at index 0 what the append shares, canonical data. */
export type Body = {
  readonly bytes: Buffer;
  /** Lower-case hex. */
  readonly hash: string;
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
  const rest = cursorAt(bytes, INDEX);
  const index = varintIn(rest);
  const common = index === 0 ? readCommon(rest, stream) : undefined;
  const hex = bytes.toString('hex', 0, INDEX);
  const eventId = uuidOfHex(hex, HASH_DIGITS);
  return { bytes, hash: hex.slice(0, HASH_DIGITS), eventId, index, common, data: rest.at };
};

const INDEX = HASH_BYTES + UUID_BYTES;
const HASH_DIGITS = 2 * HASH_BYTES;

/** Canonical JSON. */
export const dataIn = ({ bytes, data }: Body): string => bytes.toString('utf8', data);
