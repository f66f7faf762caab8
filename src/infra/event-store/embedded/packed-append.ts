import { HASH_BYTES } from '../hash.ts';
import { aroundTime } from './common.ts';
import { writeCommon } from './metadata-bytes.ts';
import type { Packer } from './packer.ts';
import type { AppendRequest, EncodedEvent } from './protocol.ts';

/**
 * Where the numbers of a packed event's header are: the index of its type, then length and place of the time in what
 * is hashed, and in what is stored (0: none).
 */
export const HEADER = { type: 0, hashed: 4, hashedTime: 8, stored: 12, storedTime: 16, bytes: 20 } as const;
/** As text, 2026-01-01T00:00:00.000Z. */
const TIME_TEXT_BYTES = 24;

/**
 * An append as it crosses to the writer, encoded once: expected revision + 1 and number of events (32 bits each), then
 * each event as a header, what the hash chain covers, and what is stored. Time and hash are left open, but for the
 * expected hash. Answers where what is stored of each event begins, which is with its hash.
 */
export const packAppend = (
  out: Packer,
  request: AppendRequest,
  typeOf: (event: EncodedEvent) => number,
): readonly number[] => {
  out.uint32(countOf(request.expected));
  out.uint32(request.events.length);
  return request.events.map((event, index) => {
    const header = out.at();
    out.skip(HEADER.bytes);
    out.uint32At(header + HEADER.type, typeOf(event));
    const data = packHashed(out, request, { event, index, header });
    return packStored(out, request, { event, index, header, data });
  });
};

/** How many events the stream is expected to have; as many as none has for what is no revision. */
const countOf = ({ revision }: AppendRequest['expected']): number =>
  Number.isInteger(revision) && revision >= -1 && revision < MOST_EVENTS ? revision + 1 : MOST_EVENTS;

const MOST_EVENTS = 0xffffffff;

type Packed = { readonly event: EncodedEvent; readonly index: number; readonly header: number };
type Span = { readonly from: number; readonly to: number };

/** As `chainHash` has it; where in it the data is. */
const packHashed = (out: Packer, request: AppendRequest, { event, index, header }: Packed): Span => {
  const { stream, expected, common } = request;
  const start = out.at();
  out.hex(index === 0 ? expected.hash : '', HASH_BYTES);
  prefixed(out, stream);
  prefixed(out, String(expected.revision + 1 + index));
  prefixed(out, event.eventId);
  prefixed(out, event.type);
  const data = prefixed(out, event.data);
  const [before, after] = aroundTime(common, event.schemaVersion);
  const metadata = out.at();
  out.uint32(0);
  out.raw(before);
  const time = out.at();
  out.skip(TIME_TEXT_BYTES);
  out.raw(after);
  out.uint32At(metadata, out.at() - metadata - PREFIX_BYTES);
  out.uint32At(header + HEADER.hashed, out.at() - start);
  out.uint32At(header + HEADER.hashedTime, time - start);
  return data;
};

const PREFIX_BYTES = 4;

/** A text behind its length; where the text is. */
const prefixed = (out: Packer, text: string): Span => {
  const prefix = out.at();
  out.uint32(0);
  const from = out.at();
  out.raw(text);
  const to = out.at();
  out.uint32At(prefix, to - from);
  return { from, to };
};

/** As `unpackBody` reads it; where it begins. */
const packStored = (
  out: Packer,
  { stream, metadata }: AppendRequest,
  { event, index, header, data }: Packed & { readonly data: Span },
): number => {
  const start = out.at();
  out.skip(HASH_BYTES);
  out.uuid(event.eventId);
  out.varint(index);
  const time = index === 0 ? writeCommon(out, stream, metadata) - start : 0;
  out.again(data.from, data.to);
  out.uint32At(header + HEADER.stored, out.at() - start);
  out.uint32At(header + HEADER.storedTime, time);
  return start;
};
