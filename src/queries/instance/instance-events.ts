import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

const PAGE = 512;

/** Everything that happened to an instance; empty for an unknown one. */
export const instanceEventsOf = async (
  store: Pick<EventStore, 'readStream'>,
  instanceId: string,
): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await store.readStream(instanceStream(instanceId), {
      from: all.length,
      direction: 'forwards',
      max: PAGE,
    });
    all.push(...events);
    if (events.length === 0 || all.length > head) return all;
  }
};
