import { commonOf } from '../embedded/common.ts';
import type { AppendRequest } from '../embedded/protocol.ts';
import type { StoredEvent } from '../port.ts';
import type { EventsOfStream } from './events-of-stream.ts';
import type { ProposedEvent } from './requests.ts';
import { hashOf, metadataText } from './stored-event.ts';

/** The events as they are written, each chained to the one before it. */
export const chained = ({ stream, expected, events, metadata }: AppendRequest): readonly ProposedEvent[] => {
  const common = commonOf(metadata);
  let { hash } = expected;
  return events.map((event, index) => {
    const revision = expected.revision + 1 + index;
    hash = hashOf(hash, { ...event, stream, revision }, common);
    const { eventId, type, data, schemaVersion } = event;
    return { eventId, type, data, metadata: metadataText(common, schemaVersion, hash) };
  });
};

/** What is stored behind the expected head, as many events as there are to append. */
export const behind = async (
  from: EventsOfStream,
  { stream, expected, events }: AppendRequest,
): Promise<readonly StoredEvent[] | undefined> => {
  const first = expected.revision + 1;
  const stored: StoredEvent[] = [];
  while (stored.length < events.length) {
    const page = await from.from(stream, first + stored.length, events.length - stored.length);
    if (page.events.length === 0) return undefined;
    stored.push(...page.events);
  }
  return stored;
};

/** Only if they have exactly these ids and types. */
export const sameAs = (
  { events }: AppendRequest,
  stored: readonly StoredEvent[] | undefined,
): readonly StoredEvent[] | undefined => {
  const isSame = events.every(({ eventId, type }, index) => {
    const found = stored?.[index];
    return found?.eventId === eventId && found.type === type;
  });
  return isSame ? stored : undefined;
};
