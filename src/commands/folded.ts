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
  readonly commands: ReadonlyMap<string, { readonly first: number; readonly last: number }>;
  /** Rough size in bytes, for the cache. */
  readonly size: number;
};

const PAGE = 512;

export const emptyFold = <State>(initial: State): Folded<State> => ({
  state: initial,
  head: NO_STREAM,
  position: START,
  origin: null,
  headEventId: null,
  commands: new Map(),
  size: 500,
});

/** Folds further events of the same stream; they must follow the head without a gap. */
export const foldOn = <Command, State, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<Command, State, Event, Code>,
  folded: Folded<State>,
  stored: readonly StoredEvent[],
  decided: readonly Event[] = [],
): Folded<State> => {
  const commands = new Map(folded.commands);
  let { state, head, size } = folded;
  stored.forEach((event, index) => {
    if (event.revision !== head.revision + 1)
      throw new StreamGap(event.stream, head.revision + 1, event.revision);
    const known = decided[index];
    // What the store kept is the truth: an earlier write of the same command may hold other ciphertext.
    const current = known !== undefined && known.data === event.data ? known : aggregate.parse(event);
    state = aggregate.decider.evolve(state, current, event.revision);
    head = { revision: event.revision, hash: event.hash };
    size += 200 + textLength(event.data);
    const { commandId } = event.metadata;
    commands.set(commandId, {
      first: commands.get(commandId)?.first ?? event.revision,
      last: event.revision,
    });
  });
  const last = stored.at(-1);
  if (last === undefined) return folded;
  const origin = folded.origin ?? stored[0]?.metadata ?? null;
  const { eventId: headEventId, position } = last;
  return { state, head, commands, size, origin, headEventId, position };
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
