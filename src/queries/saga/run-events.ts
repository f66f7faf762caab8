import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

const PAGE = 512;

/** Everything that happened in a run, from its start; empty for an unknown run. */
export const runEvents = async (store: EventStore, flowId: string): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await store.readStream(sagaStream(flowId), {
      from: all.length,
      direction: 'forwards',
      max: PAGE,
    });
    all.push(...events);
    if (events.length === 0 || all.length > head) return all;
  }
};
