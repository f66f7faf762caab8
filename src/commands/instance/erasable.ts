import { isCiphertextAltered } from '../../domain/damage.ts';
import { deadLetterAggregate, letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { Letter, LetterState } from '../../domain/dead-letter/state.ts';
import { instanceEvents } from '../../domain/instance/events.ts';
import { intakeStream } from '../../domain/intake/aggregate.ts';
import { keyId, sealed } from '../../domain/sealed.ts';
import type { KeyId } from '../../domain/sealed.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { InRecord } from '../../infra/message-bus/port.ts';
import { openRecord } from '../dead-letter/letter-content.ts';
import { recordCommandIdOf } from '../deterministic-ids.ts';

/** What is sealed of one instance or refused delivery, wherever it lies: found in the log, not in what was made from it. */
export type Erasable = {
  /** To be destroyed first: its own, and those of refusals of the deliveries it came by. */
  readonly keyIds: readonly KeyId[];
  /** To be destroyed last: while they live, the letters say which deliveries there were. */
  readonly letterKeyIds: readonly KeyId[];
  readonly streams: readonly string[];
  readonly sealedValues: number;
  readonly letters: number;
};

type Deps = { readonly store: Pick<EventStore, 'readStream'>; readonly keys: Pick<Keys, 'open'> };

const PAGE = 512;

/** Its own stream, its letters, and refusals of the deliveries it came by. */
export const erasableOf = async (
  { store, keys }: Deps,
  stream: string,
  letterIds: readonly string[],
): Promise<Erasable> => {
  const own = await eventsOf(store, stream);
  const letters = await Promise.all(letterIds.map((letterId) => eventsOf(store, letterStream(letterId))));
  const deliveries = await Promise.all(letters.map((events) => deliveriesIn(keys, events)));
  const others = new Set([...intakeIdsIn(own), ...deliveries.flat()].map(intakeStream));
  others.delete(stream);
  const intakes = await Promise.all([...others].map((name) => eventsOf(store, name)));
  const sealedOnes = [own, ...letters, ...intakes].filter((events) => keyIdsIn(events).length > 0);
  return {
    keyIds: [own, ...intakes].flatMap(keyIdsIn),
    letterKeyIds: letters.flatMap(keyIdsIn),
    streams: sealedOnes.flatMap(({ 0: first }) => (first === undefined ? [] : [first.stream])),
    sealedValues: sealedOnes.reduce((sum, events) => sum + sealedIn(events), 0),
    letters: letters.filter((events) => events.length > 0).length,
  };
};

/** The ids of the deliveries that a letter stood for: as it came, and as it was edited. */
const deliveriesIn = async (
  keys: Pick<Keys, 'open'>,
  events: readonly StoredEvent[],
): Promise<readonly string[]> => {
  const ids = events.slice(0, 1).map(({ metadata }) => metadata.commandId);
  let letter: LetterState = deadLetterAggregate.decider.initial;
  for (const stored of events) {
    letter = deadLetterAggregate.decider.evolve(letter, deadLetterAggregate.parse(stored), stored.revision);
    if (stored.type !== 'LetterEdited' || letter.kind === 'absent') continue;
    const record = await openedRecord(keys, stored.stream.slice(letterStream('').length), letter);
    if (record !== null) ids.push(recordCommandIdOf(letter.source.bus, record, letter.edition));
  }
  return ids;
};

/** Null where its key is gone, and where it was altered: nothing is to be learned of it, and its key goes all the same. */
const openedRecord = async (
  keys: Pick<Keys, 'open'>,
  letterId: string,
  letter: Letter,
): Promise<InRecord | null> => {
  try {
    const record = await openRecord(keys, letterId, letter);
    return record === 'erased' ? null : record;
  } catch (error) {
    if (isCiphertextAltered(error)) return null;
    throw error;
  }
};

const eventsOf = async (
  { readStream }: Pick<EventStore, 'readStream'>,
  stream: string,
): Promise<readonly StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (;;) {
    const slice = await readStream(stream, { from: events.length, direction: 'forwards', max: PAGE });
    events.push(...slice.events);
    if (slice.events.length === 0 || events.length > slice.head) return events;
  }
};

const intakeIdsIn = ([first]: readonly StoredEvent[]): readonly string[] => {
  const received = instanceEvents.InstanceReceived.safeParse(first?.data).data;
  return received === undefined ? [] : [received.intakeId];
};

const membersOf = ({ data }: StoredEvent): readonly unknown[] =>
  typeof data === 'object' && data !== null ? Object.values(data) : [];

/** Of a stream's own content: the receipt names keys too, and they are those that are gone. */
const keyIdsIn = (events: readonly StoredEvent[]): readonly KeyId[] => [
  ...new Set(
    events.flatMap(({ data }) => {
      if (typeof data !== 'object' || data === null || !('keyId' in data)) return [];
      const parsed = keyId.safeParse(data.keyId);
      return parsed.success ? [parsed.data] : [];
    }),
  ),
];

const sealedIn = (events: readonly StoredEvent[]): number =>
  events.flatMap(membersOf).filter((value) => sealed.safeParse(value).success).length;
