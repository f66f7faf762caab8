import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

type Log = Pick<EventStore, 'readStream'>;

const PAGE = 512;

/** A stream page by page, from its first event on; the only page of an unknown one is empty. */
export async function* pagesIn(log: Log, stream: string): AsyncGenerator<readonly StoredEvent[]> {
  for (let from = 0; ;) {
    const { events, head } = await log.readStream(stream, { from, direction: 'forwards', max: PAGE });
    yield events;
    from += events.length;
    if (events.length === 0 || from > head) return;
  }
}

/** Everything in a stream, from its first event; empty for an unknown one. */
export const eventsIn = async (log: Log, stream: string): Promise<readonly StoredEvent[]> => {
  const all: StoredEvent[] = [];
  for await (const events of pagesIn(log, stream)) all.push(...events);
  return all;
};
