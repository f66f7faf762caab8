import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

const PAGE = 512;

/** Everything in a stream, from its first event; empty for an unknown one. */
export const eventsIn = async (
  log: Pick<EventStore, 'readStream'>,
  stream: string,
): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for (;;) {
    const { events, head } = await log.readStream(stream, {
      ...{ from: all.length, direction: 'forwards', max: PAGE },
    });
    all.push(...events);
    if (events.length === 0 || all.length > head) return all;
  }
};
