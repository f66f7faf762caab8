import type { Aggregate } from '../domain/aggregate.ts';
import { reject } from '../domain/decider.ts';
import type { Rejection } from '../domain/decider.ts';
import type { AppendMetadata, DomainEvent } from '../domain/event.ts';
import type { EventStore, Position, StoredEvent } from '../infra/event-store/port.ts';
import { writtenBy } from './folded.ts';
import type { Folded } from './folded.ts';
import type { Done, Unavailable } from './result.ts';

type Accepted<State, Event> = {
  readonly kind: 'accepted';
  readonly state: State;
  /** The new events, or those of the first time when the command id was known. */
  readonly events: readonly Event[];
  readonly position: Position;
  readonly revision: number;
  readonly replayed: boolean;
};

type Refused<Code extends string> = Rejection<Code | 'idempotency_key_reused' | 'too_large'> | Unavailable;

export type Executed<State, Event, Code extends string> = Accepted<State, Event> | Refused<Code>;

/** What a caller is told: a value of what was accepted, or why it was not. */
export const resultOf = <State, Event, Code extends string, Value>(
  outcome: Executed<State, Event, Code>,
  valueOf: (accepted: Accepted<State, Event>) => Value,
): Done<Value> | Refused<Code> => {
  if (outcome.kind !== 'accepted') return outcome;
  const { position, replayed } = outcome;
  return { kind: 'done', value: valueOf(outcome), position, replayed };
};

type Source<Command, State, Event extends DomainEvent, Code extends string> = {
  readonly store: EventStore;
  readonly aggregate: Aggregate<Command, State, Event, Code>;
  readonly stream: string;
};

/** What a command came to that was accepted. @param replayed its events had been stored before, under the same id */
export const accepted = <State, Event>(
  folded: Folded<State>,
  events: readonly Event[],
  replayed = false,
) => ({
  kind: 'accepted' as const,
  state: folded.state,
  events,
  position: folded.position,
  revision: folded.head.revision,
  replayed,
});

/** Refuses a command whose stored events come from another body; undefined where they come from this one. */
export const reusedKey = (
  [first]: readonly StoredEvent[],
  { bodyHash }: AppendMetadata,
): Rejection<'idempotency_key_reused'> | undefined => {
  const stored = first?.metadata.bodyHash;
  return stored === undefined || bodyHash === undefined || stored === bodyHash
    ? undefined
    : reject('idempotency_key_reused', 'this Idempotency-Key was used with another request body');
};

/** The answer of the first time, from the events it stored. */
export const replay = async <Command, State, Event extends DomainEvent, Code extends string>(
  { store, aggregate, stream }: Source<Command, State, Event, Code>,
  folded: Folded<State>,
  metadata: AppendMetadata,
): Promise<Executed<State, Event, Code>> => {
  const range = writtenBy(folded, metadata.commandId);
  if (range === undefined) return accepted(folded, [], true);
  const { events } = await store.readStream(stream, {
    from: range.first,
    direction: 'forwards',
    max: range.last - range.first + 1,
  });
  const reused = reusedKey(events, metadata);
  if (reused !== undefined) return reused;
  const position = events.at(-1)?.position ?? folded.position;
  return { ...accepted(folded, events.map(aggregate.parse), true), position };
};
