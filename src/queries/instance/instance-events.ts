import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import { eventsIn } from '../stream/events-in.ts';

/** Everything that happened to an instance; empty for an unknown one. */
export const instanceEventsOf = (
  store: Pick<EventStore, 'readStream'>,
  instanceId: string,
): Promise<readonly StoredEvent[]> => eventsIn(store, instanceStream(instanceId));
