import { hash } from 'node:crypto';
import { HASH_BYTES } from '../hash.ts';
import { commonWriter } from './metadata-bytes.ts';
import { metadataTexts } from './metadata-text.ts';
import { LENGTH_BYTES, packer } from './packer.ts';
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
  const writeCommon = commonWriter();
  const metadataText = metadataTexts();
  return (append, time) => {
    const { expected, stream } = append;
    const metadata = metadataText(append.metadata, time.recordedAt);
    return (event, index, prev) => {
      out.rewind();
      out.hex(prev, HASH_BYTES);
      out.part(stream);
      out.part(String(expected.revision + 1 + index));
      out.part(event.eventId);
      out.part(event.type);
      const data = out.at();
      out.part(event.data);
      const dataEnd = out.at();
      out.part(metadata(event.schemaVersion));
      const own = hash('sha256', out.written(0), 'hex');
      const body = out.at();
      out.hex(own, HASH_BYTES);
      out.uuid(event.eventId);
      out.varint(index);
      if (index === 0)
        writeCommon(out, stream, { metadata: append.metadata, recordedAtMs: time.recordedAtMs });
      out.again(data + LENGTH_BYTES, dataEnd);
      return { hash: own, body: out.written(body) };
    };
  };
};
