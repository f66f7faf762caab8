import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import { eventsIn } from '../stream/events-in.ts';

/** Everything that happened in a run, from its start; empty for an unknown run. */
export const runEvents = (
  store: Pick<EventStore, 'readStream'>,
  flowId: string,
): Promise<readonly StoredEvent[]> => eventsIn(store, sagaStream(flowId));
