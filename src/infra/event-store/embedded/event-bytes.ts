import { hash } from 'node:crypto';
import { HASH_BYTES } from '../hash.ts';
import { hashedPart } from './chain-check.ts';
import { aroundTime, commonText } from './common.ts';
import { writeCommon } from './metadata-bytes.ts';
import { packer } from './packer.ts';
import type { Packer } from './packer.ts';
import type { AppendRequest, EncodedEvent } from './protocol.ts';

/** An event's hash, lower-case hex, and `events.body`, which is only good until the next event is made. */
export type EventBytes = { readonly hash: string; readonly body: Uint8Array };

/** The events of one append in their order, each behind a hash. */
export type AppendBytes = (event: EncodedEvent, index: number, prev: string) => EventBytes;

/** The store's time, and its text. */
export type RecordedAt = { readonly recordedAtMs: number; readonly recordedAt: string };

// Most events' input and body; it grows for those with more.
const FIRST_BYTES = 16 * 1024;

/** Makes of an append that is recorded at a time what is hashed and what is stored of each event, over the same memory. */
export const eventBytes = (): ((append: AppendRequest, time: RecordedAt) => AppendBytes) => {
  const out = packer(new ArrayBuffer(FIRST_BYTES));
  return (append, { recordedAtMs, recordedAt }) => {
    const stream = hashedPart(append.stream);
    const metadata = hashedMetadata(append, recordedAt);
    const first = append.expected.revision + 1;
    return (event, index, prev) => {
      const place = stream + hashedPart(String(first + index));
      const before = place + hashedPart(event.eventId) + hashedPart(event.type);
      const data = hashedPart(event.data);
      out.rewind();
      out.hex(prev, HASH_BYTES);
      out.binary(before + data + metadata(event.schemaVersion));
      const own = hash('sha256', out.written(), 'hex');
      const start = out.at();
      writeHead(out, { append, event, index, hash: own, recordedAtMs });
      const dataEnd = HASH_BYTES + before.length + data.length;
      out.again(HASH_BYTES + before.length + PREFIX_BYTES, dataEnd);
      return { hash: own, body: out.written().subarray(start) };
    };
  };
};

const PREFIX_BYTES = 4;

type Head = {
  readonly append: AppendRequest;
  readonly event: EncodedEvent;
  readonly index: number;
  readonly hash: string;
  readonly recordedAtMs: number;
};

/** What a body holds before the data, as `unpackBody` reads it. */
const writeHead = (out: Packer, { append, event, index, hash: own, recordedAtMs }: Head): void => {
  out.hex(own, HASH_BYTES);
  out.uuid(event.eventId);
  out.varint(index);
  if (index === 0) writeCommon(out, append.stream, { metadata: append.metadata, recordedAtMs });
};

/** The metadata of events of an append as it is hashed: those of one version have the same. */
const hashedMetadata = (
  { metadata }: AppendRequest,
  recordedAt: string,
): ((schemaVersion: string) => string) => {
  const common = commonText(metadata);
  let last: { readonly schemaVersion: string; readonly part: string } | undefined;
  return (schemaVersion) => {
    if (last?.schemaVersion !== schemaVersion)
      last = { schemaVersion, part: hashedPart(aroundTime(common, schemaVersion).join(recordedAt)) };
    return last.part;
  };
};
