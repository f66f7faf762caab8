import type { Aggregate } from '../domain/aggregate.ts';
import type { DomainEvent } from '../domain/event.ts';
import { NO_STREAM, START } from '../infra/event-store/port.ts';
import type { EventStore, Head, Position, StoredEvent, StoredMetadata } from '../infra/event-store/port.ts';

/** A stream folded up to its head: the state, and which revisions each command id wrote. */
export type Folded<State> = {
  readonly state: State;
  readonly head: Head;
  readonly position: Position;
  /** What the first event says of the whole stream, and the id of the last event; null for an empty stream. */
  readonly origin: StoredMetadata | null;
  readonly headEventId: string | null;
  readonly commands: Commands;
  /** Rough size in bytes, for the cache. */
  readonly size: number;
};

/**
 * By command id. One map for all folds of a stream, each of which adds to it: it may say more than a fold has seen, all
 * of it true. To be asked through `writtenBy`.
 */
type Commands = Map<string, Written>;
type Written = { readonly first: number; last: number };

/** The revisions that a command wrote, of those the fold has seen. */
export const writtenBy = (
  { commands, head }: Folded<unknown>,
  commandId: string,
): Readonly<Written> | undefined => {
  const written = commands.get(commandId);
  return written !== undefined && written.first <= head.revision ? written : undefined;
};

const PAGE = 512;
// Roughly, beside its texts.
const EVENT_BYTES = 200;

export const emptyFold = <State>(initial: State): Folded<State> => ({
  state: initial,
  head: NO_STREAM,
  position: START,
  origin: null,
  headEventId: null,
  commands: new Map(),
  size: 500,
});

/** What was decided and then stored, and what it leads to where deciding has folded it. */
export type Decided<State, Event> = { readonly events: readonly Event[]; readonly state?: State };

/** Folds further events of the same stream; they must follow the head without a gap. */
export const foldOn = <Command, State, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<Command, State, Event, Code>,
  folded: Folded<State>,
  stored: readonly StoredEvent[],
  decided: Decided<State, Event> = NOTHING_DECIDED,
): Folded<State> => {
  const [first] = stored;
  const last = stored.at(-1);
  if (first === undefined || last === undefined) return folded;
  const { commands } = folded;
  let { size } = folded;
  let next = folded.head.revision + 1;
  for (const event of stored) {
    const { stream, revision } = event;
    if (revision !== next) throw new StreamGap(stream, next, revision);
    size += EVENT_BYTES + textLength(event.data);
    noteWritten(commands, event);
    next += 1;
  }
  const state = stateAfter(aggregate, folded.state, stored, decided);
  const { eventId: headEventId, position, revision, hash } = last;
  const origin = folded.origin ?? first.metadata;
  return { state, head: { revision, hash }, commands, size, origin, headEventId, position };
};

const NOTHING_DECIDED = { events: [] };

/** What the store kept is the truth: an earlier write of the same command may hold other ciphertext. */
const stateAfter = <Command, State, Event extends DomainEvent, Code extends string>(
  { decider, parse }: Aggregate<Command, State, Event, Code>,
  before: State,
  stored: readonly StoredEvent[],
  { events, state: after }: Decided<State, Event>,
): State => {
  const isKept = (event: StoredEvent, index: number): boolean => events[index]?.data === event.data;
  if (after !== undefined && events.length === stored.length && stored.every(isKept)) return after;
  let state = before;
  stored.forEach((event, index) => {
    const decided = events[index];
    const current = decided !== undefined && isKept(event, index) ? decided : parse(event);
    state = decider.evolve(state, current, event.revision);
  });
  return state;
};

const noteWritten = (commands: Commands, { revision, metadata: { commandId } }: StoredEvent): void => {
  const known = commands.get(commandId);
  if (known === undefined) commands.set(commandId, { first: revision, last: revision });
  else if (known.last < revision) known.last = revision;
};

/** Reads and folds a stream from where `known` ends, from its start without one; an unknown one folds to the initial state. */
export const readFolded = async <Command, State, Event extends DomainEvent, Code extends string>(
  store: EventStore,
  aggregate: Aggregate<Command, State, Event, Code>,
  stream: string,
  known: Folded<State> = emptyFold(aggregate.decider.initial),
): Promise<Folded<State>> => {
  let folded = known;
  for (;;) {
    const from = folded.head.revision + 1;
    const slice = await store.readStream(stream, { from, direction: 'forwards', max: PAGE });
    folded = foldOn(aggregate, folded, slice.events);
    if (slice.events.length === 0 || folded.head.revision >= slice.head) return folded;
  }
};

const textLength = (data: unknown): number => {
  if (typeof data !== 'object' || data === null) return 0;
  let length = 0;
  for (const value of Object.values(data)) if (typeof value === 'string') length += value.length;
  return length;
};

/** A stream whose events do not follow one another is not read any further (I-05). */
class StreamGap extends Error {
  override readonly name = 'StreamGap';
  constructor(stream: string, expected: number, found: number) {
    super(`stream ${stream}: expected revision ${String(expected)}, found ${String(found)}`);
  }
}
