import { HASH_BYTES } from '../hash.ts';
import { UUID_BYTES } from './uuid-bytes.ts';
import { HEADER } from './packed-append.ts';
import type { EventType, PackedAppends } from './protocol.ts';

/** An event of a packed append: where its parts are in the bytes of its group. */
export type PackedEvent = {
  readonly type: EventType;
  readonly hashed: number;
  readonly hashedEnd: number;
  readonly hashedTime: number;
  readonly stored: number;
  readonly storedEnd: number;
  /** 0 for an event that is not the first of its append. */
  readonly storedTime: number;
};

export type PackedAppend = {
  readonly bytes: Buffer;
  readonly stream: string;
  readonly expectedRevision: number;
  readonly events: readonly PackedEvent[];
};

/** The appends of a group, as `packAppend` wrote them. */
export const viewsOf = ({ bytes, streams, types }: PackedAppends): readonly PackedAppend[] => {
  const buffer = Buffer.from(bytes);
  let at = 0;
  const event = (): PackedEvent => {
    const header = at;
    const number = (offset: number): number => buffer.readUInt32BE(header + offset);
    const hashed = header + HEADER.bytes;
    const hashedEnd = hashed + number(HEADER.hashed);
    const time = number(HEADER.storedTime);
    at = hashedEnd + number(HEADER.stored);
    const type = types[number(HEADER.type)];
    if (type === undefined) throw new RangeError('a packed event has no type');
    return {
      ...{ type, hashed, hashedEnd, hashedTime: hashed + number(HEADER.hashedTime) },
      ...{ stored: hashedEnd, storedEnd: at, storedTime: time === 0 ? 0 : hashedEnd + time },
    };
  };
  return streams.map((stream) => {
    const expectedRevision = buffer.readUInt32BE(at) - 1;
    const count = buffer.readUInt32BE(at + 4);
    at += 8;
    return { bytes: buffer, stream, expectedRevision, events: Array.from({ length: count }, event) };
  });
};

/** The hash that an append expects its stream to end with, as text of one character a byte. */
export const expectedHash = ({ bytes, events: [first] }: PackedAppend): string =>
  first === undefined ? '' : bytes.toString('latin1', first.hashed, first.hashed + HASH_BYTES);

/** The 16 bytes of an event's id. */
export const eventIdOf = ({ bytes }: PackedAppend, { stored }: PackedEvent): Buffer =>
  bytes.subarray(stored + HASH_BYTES, stored + HASH_BYTES + UUID_BYTES);
