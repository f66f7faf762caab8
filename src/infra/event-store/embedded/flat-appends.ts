import type { AppendMetadata } from '../../../domain/event.ts';
import { actorKindAt, actorKindNumber } from './metadata-bytes.ts';
import type { AppendRequest, EncodedEvent, FlatAppends } from './protocol.ts';

/**
 * Gathers the appends that go to the writer in one message. Texts and numbers in two rows cross at a fraction of what
 * objects cost, whose keys are copied too.
 */
export const flatAppends = () => {
  let rows = emptyRows();
  return {
    add: ({ stream, expected, events, metadata }: AppendRequest): void => {
      const { texts, numbers } = rows;
      rows.count += 1;
      texts.push(stream, expected.hash);
      numbers.push(expected.revision, events.length);
      addMetadata(rows, metadata);
      for (const event of events) texts.push(event.eventId, event.type, event.schemaVersion, event.data);
    },
    /** Everything added since the last time. */
    take: (): FlatAppends => {
      const taken = rows;
      rows = emptyRows();
      return taken;
    },
  };
};

type Rows = { count: number; readonly texts: string[]; readonly numbers: number[] };

const emptyRows = (): Rows => ({ count: 0, texts: [], numbers: [] });

const ABSENT = 0;
const PRESENT = 1;

const addMetadata = ({ texts, numbers }: Rows, metadata: AppendMetadata): void => {
  const { actor, bodyHash, owner } = metadata;
  texts.push(metadata.causationId, metadata.commandId, metadata.correlationId, actor.id, actor.source);
  numbers.push(actorKindNumber(actor.kind));
  numbers.push(bodyHash === undefined ? ABSENT : PRESENT, owner === undefined ? ABSENT : PRESENT);
  if (bodyHash !== undefined) texts.push(bodyHash);
  if (owner !== undefined) texts.push(owner);
};

/** The appends of a message, in the order in which they were added. @throws RangeError for what `flatAppends` does not make. */
export const appendsOf = ({ count, texts, numbers }: FlatAppends): readonly AppendRequest[] => {
  const [text, number] = [taking(texts), taking(numbers)];
  const appends: AppendRequest[] = [];
  while (appends.length < count) {
    const stream = text();
    const expected = { revision: number(), hash: text() };
    const events = number();
    const metadata = metadataFrom(text, number);
    appends.push({ stream, expected, metadata, events: eventsFrom(text, events) });
  }
  return appends;
};

/** In canonical order of the keys. */
const metadataFrom = (text: () => string, number: () => number): AppendMetadata => {
  const [causationId, commandId, correlationId] = [text(), text(), text()];
  const [id, source] = [text(), text()];
  const actor = { id, kind: actorKindAt(number()), source };
  const bodyHash = number() === PRESENT ? { bodyHash: text() } : {};
  const owner = number() === PRESENT ? { owner: text() } : {};
  return { actor, ...bodyHash, causationId, commandId, correlationId, ...owner };
};

const eventsFrom = (text: () => string, count: number): readonly EncodedEvent[] => {
  const events: EncodedEvent[] = [];
  while (events.length < count)
    events.push({ eventId: text(), type: text(), schemaVersion: text(), data: text() });
  return events;
};

const taking = <Value>(values: readonly Value[]): (() => Value) => {
  let at = 0;
  return () => {
    const value = values[at];
    at += 1;
    if (value === undefined) throw new RangeError('a message to the writer ends too early');
    return value;
  };
};
