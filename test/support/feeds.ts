import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import type { Clock } from '../../src/infra/clock/port.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { createFeed } from '../../src/infra/feed/feed.ts';
import type { FeedDeps } from '../../src/infra/feed/feed.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import { edge } from '../http/edge.ts';
import { anEvent, appended, headOf, metadata, streamName } from './events.ts';
import { freshDirectory } from './fresh-directory.ts';

export const openStore = async (dataDir = freshDirectory()): Promise<EventStore> => {
  const store = await embeddedEventStore({ dataDir });
  onTestFinished(() => store.close());
  return store;
};

/** A log for all tests of a file, opened before the first and closed after the last. */
export const sharedStore = (): { readonly store: EventStore } => {
  const opened: { store?: EventStore; dataDir?: string } = {};
  beforeAll(async () => {
    opened.dataDir = mkdtempSync(join(tmpdir(), 'skald-'));
    opened.store = await embeddedEventStore({ dataDir: opened.dataDir });
  });
  afterAll(async () => {
    await opened.store?.close();
    if (opened.dataDir !== undefined) rmSync(opened.dataDir, { recursive: true });
  });
  return {
    get store() {
      if (opened.store === undefined) throw new Error('the log is opened before the first test');
      return opened.store;
    },
  };
};

/** For a clock that a test moves: nothing has to come to rest between two timers. */
export const atOnce = (): Promise<void> => Promise.resolve();

export const cursorOf = (store: EventStore) => cursorCodec({ logId: store.logId, key: Buffer.alloc(32, 7) });

type Given = { readonly store: EventStore; readonly clock: Clock } & Partial<FeedDeps>;

export const feedOf = (given: Given) =>
  createFeed({
    cursor: cursorOf(given.store),
    onTrouble: (error) => {
      throw error;
    },
    ...given,
  });

/** A server with feeds on a loopback port, and the sockets it accepted; the handlers of all other routes fail. */
export const feedServer = async (some: Partial<FeedDeps> = {}, deps: Partial<AppDeps> = {}) => {
  const store = some.store ?? (await openStore());
  const clock = some.clock ?? systemClock();
  const feed = { feed: feedOf({ ...some, store, clock }), clock, random: systemRandom() };
  const app = await edge({}, { cursor: cursorOf(store), feed, ...deps });
  const sockets: Socket[] = [];
  app.server.on('connection', (socket) => sockets.push(socket));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { app, store, clock, port: address.port, cursor: cursorOf(store), sockets };
};

/** Appends `count` events of `bytes` each to a new stream of a category, up to 500 an append; in log order. */
export const fill = async (
  store: EventStore,
  count: number,
  { category = 'saga', bytes = 10 } = {},
): Promise<StoredEvent[]> => {
  const stream = streamName(category);
  const events: StoredEvent[] = [];
  const perAppend = Math.max(1, Math.min(500, Math.floor(500_000 / (bytes + 300))));
  while (events.length < count) {
    const size = Math.min(perAppend, count - events.length);
    const batch = Array.from({ length: size }, () =>
      anEvent('SomethingHappened', { note: 'x'.repeat(bytes) }),
    );
    const head = events.length === 0 ? NO_STREAM : headOf(events);
    events.push(...appended(await store.append(stream, head, batch, metadata())).events);
  }
  return events;
};
