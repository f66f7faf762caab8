import type { Aggregate } from '../domain/aggregate.ts';
import { reject } from '../domain/decider.ts';
import type { Rejection } from '../domain/decider.ts';
import type { AppendMetadata, DomainEvent } from '../domain/event.ts';
import type { EventStore, Position } from '../infra/event-store/port.ts';
import type { Folded } from './folded.ts';
import type { Unavailable } from './result.ts';

export type Executed<State, Event, Code extends string> =
  | {
      readonly kind: 'accepted';
      readonly state: State;
      /** The new events, or those of the first time when the command id was known. */
      readonly events: readonly Event[];
      readonly position: Position;
      readonly revision: number;
      readonly replayed: boolean;
    }
  | Rejection<Code | 'idempotency_key_reused' | 'too_large'>
  | Unavailable;

type Source<Command, State, Event extends DomainEvent, Code extends string> = {
  readonly store: EventStore;
  readonly aggregate: Aggregate<Command, State, Event, Code>;
  readonly stream: string;
};

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

/** The answer of the first time, from the events it stored. */
export const replay = async <Command, State, Event extends DomainEvent, Code extends string>(
  { store, aggregate, stream }: Source<Command, State, Event, Code>,
  folded: Folded<State>,
  metadata: AppendMetadata,
): Promise<Executed<State, Event, Code>> => {
  const range = folded.commands.get(metadata.commandId);
  if (range === undefined) return accepted(folded, [], true);
  const { events } = await store.readStream(stream, {
    from: range.first,
    direction: 'forwards',
    max: range.last - range.first + 1,
  });
  const first = events[0]?.metadata.bodyHash;
  if (first !== undefined && metadata.bodyHash !== undefined && first !== metadata.bodyHash)
    return reject('idempotency_key_reused', 'this Idempotency-Key was used with another request body');
  const position = events.at(-1)?.position ?? folded.position;
  return { ...accepted(folded, events.map(aggregate.parse), true), position };
};
