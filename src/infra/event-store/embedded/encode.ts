import { canonical, MAX_EVENT_BYTES, NotEncodable } from '../../../domain/canonical.ts';
import type { AppendMetadata } from '../../../domain/event.ts';
import type { AppendResult, Head, NewEvent } from '../port.ts';
import { commonOf, commonText } from './common.ts';
import { isActorKind } from './metadata-bytes.ts';
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

/** The append as the writer stores it, or why it cannot be stored. Nothing has been written then. */
export const encode = (append: Append): AppendRequest | Refused => {
  try {
    const metadata = commonOf(append.metadata);
    const common = commonText(metadata);
    const { stream, expected } = append;
    const events = append.events.map(encoded);
    const wrong = nameProblem(stream, events) ?? idProblem(events, metadata);
    if (wrong !== undefined) return refused('not_encodable', wrong);
    if (isTooLarge(events, common))
      return refused('too_large', `the append has more than ${String(MAX_APPEND_BYTES)} bytes`);
    return {
      stream,
      expected: { revision: expected.revision, hash: expected.hash },
      events,
      metadata,
      common,
    };
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
  value: data,
});

const isTooLarge = (events: readonly EncodedEvent[], common: string): boolean => {
  let bytes = 0;
  for (const { data } of events) bytes += Buffer.byteLength(data) + common.length;
  return bytes > MAX_APPEND_BYTES;
};

const nameProblem = (stream: string, events: readonly EncodedEvent[]): string | undefined => {
  const isFine = isName(stream) && events.every((event) => isName(event.type) && isName(event.schemaVersion));
  return isFine ? undefined : 'a name of a stream, type or version is empty, too long or ill-formed';
};

const isName = (text: string): boolean => text !== '' && text.length <= MAX_NAME_CHARS && text.isWellFormed();

const idProblem = (events: readonly EncodedEvent[], { actor }: AppendMetadata): string | undefined => {
  if (!isActorKind(actor.kind)) return `unknown kind of actor ${actor.kind}`;
  if (!events.every(({ eventId }) => isUuid(eventId))) return 'an event id is not a lower-case UUID';
  if (events.length === 1) return undefined;
  const ids = new Set(events.map(({ eventId }) => eventId));
  return ids.size === events.length ? undefined : 'two events of the append have one id';
};

const refused = (code: Refused['code'], detail: string): Refused => ({ kind: 'refused', code, detail });
