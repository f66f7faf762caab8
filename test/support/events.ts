import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import type { AppendMetadata } from '../../src/domain/event.ts';
import type {
  Appended,
  AppendResult,
  EventBatch,
  EventStore,
  Head,
  NewEvent,
  StoredEvent,
} from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';

export type OpenedStore = {
  readonly store: EventStore;
  /** Closes the store and opens the same log again. */
  readonly reopen: () => Promise<EventStore>;
  readonly close: () => Promise<void>;
};

export const streamName = (category: string): string => `${category}-${randomUUID()}`;

export const anEvent = (type = 'SomethingHappened', data: object = { note: randomUUID() }): NewEvent => ({
  eventId: randomUUID(),
  type,
  schemaVersion: '1.0',
  data,
});

export const metadata = (): AppendMetadata => {
  const commandId = randomUUID();
  const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
  return { commandId, causationId: commandId, correlationId: commandId, actor };
};

export const appended = (result: AppendResult | undefined): Appended => {
  if (result?.kind !== 'ok') throw new Error(`the append ended in ${JSON.stringify(result)}`);
  return result;
};

export const headOf = (events: readonly StoredEvent[]): Head => {
  const last = events.at(-1);
  return last === undefined ? NO_STREAM : { revision: last.revision, hash: last.hash };
};

/** Appends one event to each of `count` new streams, alternating two categories; in log order. */
export const filled = async (store: EventStore, count: number): Promise<StoredEvent[]> => {
  const appends = Array.from({ length: count }, (_, index) =>
    store.append(streamName(index % 2 === 0 ? 'saga' : 'worker'), NO_STREAM, [anEvent()], metadata()),
  );
  const events = (await Promise.all(appends)).flatMap((result) => appended(result).events);
  return events.toSorted((a, b) => (a.position < b.position ? -1 : 1));
};

type Filter = { readonly categories?: readonly string[] };

export const readAllOf = async (
  store: EventStore,
  options: Filter & { readonly max: number },
): Promise<StoredEvent[]> => {
  const events: StoredEvent[] = [];
  for (let after = START; ;) {
    const slice = await store.readAll({ ...options, after });
    events.push(...slice.events);
    if (slice.isEnd) return events;
    after = slice.position;
  }
};

/** Runs a subscription in the background; wait on what it saw, then stop it. */
export const collect = (store: EventStore, options: Filter & { readonly after: string }) => {
  const abort = new AbortController();
  const batches: EventBatch[] = [];
  const seen = (): StoredEvent[] => batches.flatMap(({ events }) => events);
  const running = (async () => {
    for await (const batch of store.subscribe({ ...options, signal: abort.signal })) batches.push(batch);
  })();
  const until = (condition: () => boolean): Promise<void> =>
    vi.waitFor(() => {
      if (!condition())
        throw new Error(`saw ${String(seen().length)} events in ${String(batches.length)} batches`);
    }, WAIT);
  return {
    until: (count: number) => until(() => seen().length >= count),
    untilBatch: (matches: (batch: EventBatch) => boolean) => until(() => batches.some(matches)),
    stop: async (): Promise<StoredEvent[]> => {
      abort.abort();
      await running;
      return seen();
    },
  };
};

const WAIT = { timeout: 5000, interval: 5 };
