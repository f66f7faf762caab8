import type { DomainEvent } from '../domain/event.ts';
import type { NewEvent } from '../infra/event-store/port.ts';
import { eventIdOf } from './deterministic-ids.ts';

/** What a command decided, as it is appended: ids that follow from the command, the form of this version. */
export const newEvents = (
  { schemaVersion }: { readonly schemaVersion: string },
  stream: string,
  commandId: string,
  events: readonly DomainEvent[],
): readonly NewEvent[] =>
  events.map(({ type, data }, index) => ({
    eventId: eventIdOf(stream, commandId, index),
    type,
    schemaVersion,
    data,
  }));
