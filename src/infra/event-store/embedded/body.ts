import { HASH_BYTES } from '../hash.ts';
import { reader, writer } from './bytes.ts';
import type { Common } from './metadata-bytes.ts';
import { readCommon, writeCommon } from './metadata-bytes.ts';
import { UUID_BYTES, uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

/** `events.body`: hash, event id, index within the append, at index 0 what the append shares, canonical data. */
export type Body = {
  /** Lower-case hex. */
  readonly hash: string;
  readonly eventId: string;
  readonly index: number;
  /** Stored with the first event of an append only. */
  readonly common: Common | undefined;
  readonly data: Uint8Array;
};

export const packBody = (stream: string, body: Body): Buffer => {
  const out = writer();
  out.bytes(Buffer.from(body.hash, 'hex'));
  out.bytes(uuidToBytes(body.eventId));
  out.varint(body.index);
  if (body.common !== undefined) writeCommon(out, stream, body.common);
  out.bytes(body.data);
  return out.done();
};

/** The event id's 16 bytes, without looking at the rest. */
export const eventIdIn = (body: Uint8Array): Buffer =>
  Buffer.from(body.subarray(HASH_BYTES, HASH_BYTES + UUID_BYTES));

/** @throws RangeError for bytes that `packBody` does not write. */
export const unpackBody = (stream: string, bytes: Uint8Array): Body => {
  const from = reader(bytes);
  const hash = from.bytes(HASH_BYTES).toString('hex');
  const eventId = uuidFromBytes(from.bytes(UUID_BYTES), 0);
  const index = from.varint();
  const common = index === 0 ? readCommon(from, stream) : undefined;
  return { hash, eventId, index, common, data: from.rest() };
};
