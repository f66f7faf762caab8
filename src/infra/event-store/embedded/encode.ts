import { canonical, MAX_EVENT_BYTES, NotEncodable } from '../../../domain/canonical.ts';
import type { AppendMetadata } from '../../../domain/event.ts';
import type { AppendResult, Head, NewEvent } from '../port.ts';
import { actorKindNumber } from './metadata-bytes.ts';
import type { AppendRequest, EncodedEvent } from './protocol.ts';
import { isUuid } from './uuid-bytes.ts';

type Refused = Extract<AppendResult, { kind: 'refused' }>;
export type Append = {
  readonly stream: string;
  readonly expected: Head;
  readonly events: readonly NewEvent[];
  readonly metadata: AppendMetadata;
};

const MAX_APPEND_BYTES = 900 * 1024;
const MAX_NAME_CHARS = 1024;
/** Bytes of UTF-8 for each unit of a text. */
const MOST_PER_UNIT = 3;

/** The append as the writer stores it, or why it cannot be stored. Nothing has been written then. */
export const encode = ({ stream, expected, events: given, metadata }: Append): AppendRequest | Refused => {
  const shared = textsOf(metadata);
  const wrong = nameProblem(stream, given) ?? metadataProblem(metadata, shared) ?? idProblem(given);
  if (wrong !== undefined) return refused('not_encodable', wrong);
  try {
    const events = given.map(encoded);
    if (isTooLarge(events, shared))
      return refused('too_large', `the append has more than ${String(MAX_APPEND_BYTES)} bytes`);
    return { stream, expected, events, metadata };
  } catch (error) {
    if (!(error instanceof NotEncodable)) throw error;
    if (error.reason !== 'too-large') return refused('not_encodable', error.message);
    return refused('too_large', `the event has more than ${String(MAX_EVENT_BYTES)} bytes`);
  }
};

const encoded = ({ eventId, type, schemaVersion, data }: NewEvent): EncodedEvent => ({
  eventId,
  type,
  schemaVersion,
  data: canonical(data),
});

/** What the events of an append share. */
const textsOf = (metadata: AppendMetadata): readonly string[] => {
  const { actor, bodyHash = '', causationId, commandId, correlationId, owner = '' } = metadata;
  return [actor.id, actor.source, bodyHash, causationId, commandId, correlationId, owner];
};

/** Of all events together, each with what they share. */
const isTooLarge = (events: readonly EncodedEvent[], shared: readonly string[]): boolean => {
  let [units, bytes] = [0, 0];
  for (const text of shared) bytes += events.length * text.length;
  for (const { data } of events) units += data.length;
  // Most are so small that their bytes need not be counted.
  if (bytes + MOST_PER_UNIT * units <= MAX_APPEND_BYTES) return false;
  for (const { data } of events) bytes += Buffer.byteLength(data);
  return bytes > MAX_APPEND_BYTES;
};

const nameProblem = (stream: string, events: readonly NewEvent[]): string | undefined => {
  const isFine = isName(stream) && events.every((event) => isName(event.type) && isName(event.schemaVersion));
  return isFine ? undefined : 'a name of a stream, type or version is empty, too long or ill-formed';
};

const isName = (text: string): boolean => text !== '' && text.length <= MAX_NAME_CHARS && text.isWellFormed();

const metadataProblem = ({ actor }: AppendMetadata, shared: readonly string[]): string | undefined => {
  if (actorKindNumber(actor.kind) < 0) return `unknown kind of actor ${actor.kind}`;
  const isFine = shared.every((text) => text.isWellFormed());
  return isFine ? undefined : 'a text of the metadata is ill-formed';
};

const idProblem = (events: readonly NewEvent[]): string | undefined => {
  if (!events.every(({ eventId }) => isUuid(eventId))) return 'an event id is not a lower-case UUID';
  return hasTwice(events) ? 'two events of the append have one id' : undefined;
};

const hasTwice = (events: readonly NewEvent[]): boolean => {
  // Most appends have one or two: no set for them.
  if (events.length <= 2) return events.length === 2 && events[0]?.eventId === events[1]?.eventId;
  return new Set(events.map(({ eventId }) => eventId)).size < events.length;
};

const refused = (code: Refused['code'], detail: string): Refused => ({ kind: 'refused', code, detail });
