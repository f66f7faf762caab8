import { expect, it, vi } from 'vitest';
import type { EventStore, Position } from '../../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventClient } from '../../../src/infra/feed/event-client.ts';
import { liveGroups } from '../../../src/infra/feed/live-groups.ts';
import { frameOf } from '../../../src/infra/session/frame-of.ts';
import { anEvent, appended, filled, metadata, streamName } from '../../support/events.ts';
import { feedSessions } from '../../support/feed-sessions.ts';
import { openStore } from '../../support/feeds.ts';

const WAIT = { timeout: 5000, interval: 2 };
const IDS = ['a', 'b', 'c'];
const connected = feedSessions();

const subscribe = (id: string, credit = 1000, events: object = {}) => ({
  ...{ type: 'subscribe', from: 'start' },
  ...{ id, credit, events },
});

/** Subscriptions over a log that knows how often it is being followed. */
const following = async () => {
  const store = await openStore();
  const signals: AbortSignal[] = [];
  const watched: EventStore = {
    ...store,
    subscribe: (options) => {
      signals.push(options.signal);
      return store.subscribe(options);
    },
  };
  const client = connected({ store: watched });
  const expected = (events: Awaited<ReturnType<typeof filled>>) =>
    events.map(({ position }) => client.cursor.encode(position));
  return { ...client, store, signals, expected };
};

it('reads the end of the log once for all who want the same', async () => {
  const { store, signals, send, until, positions, expected } = await following();
  for (const id of IDS) send(subscribe(id));
  send(subscribe('other', 1000, { category: 'other' }));
  for (const id of [...IDS, 'other']) await until('caughtUp', 1, id);
  expect(signals).toHaveLength(4 + 2);
  const events = await filled(store, 120);
  for (const id of IDS) await until('event', events.length, id);
  for (const id of IDS) expect(positions(id)).toEqual(expected(events));
  expect(positions('other')).toEqual([]);
  expect(signals).toHaveLength(4 + 2);
});

it('gives a client that takes less than the others everything once, and holds up nobody for it', async () => {
  const { store, send, until, positions, expected } = await following();
  send(subscribe('a'));
  send(subscribe('b', 3));
  for (const id of ['a', 'b']) await until('caughtUp', 1, id);
  const first = await filled(store, 10);
  await until('event', 10, 'a');
  expect(positions('b')).toEqual(expected(first).slice(0, 3));
  send({ type: 'credit', id: 'b', events: 100 });
  await until('event', 10, 'b');
  const events = [...first, ...(await filled(store, 10))];
  for (const id of ['a', 'b']) {
    await until('event', 20, id);
    expect(positions(id)).toEqual(expected(events));
  }
});

/** The events of one append, three of so many characters, sent to a client that is full once it has two. */
const toOneThatFills = async (characters: number) => {
  const client = await following();
  Object.defineProperty(client.way, 'isFull', { get: () => client.positions('a').length >= 2 });
  client.send(subscribe('a'));
  await client.until('caughtUp', 1, 'a');
  const data = { note: 'x'.repeat(characters) };
  const events = Array.from({ length: 3 }, () => anEvent('SomethingHappened', data));
  const result = appended(await client.store.append(streamName('saga'), NO_STREAM, events, metadata()));
  await client.until('event', 2, 'a');
  return { ...client, sent: client.expected([...result.events]) };
};

it('sends what is short and came together in one go', async () => {
  const { positions, sent } = await toOneThatFills(100);
  expect(positions('a')).toEqual(sent);
});

it('sends what is long one by one, and goes on where the client was full', async () => {
  const { positions, sent, way, session, until } = await toOneThatFills(30_000);
  expect(positions('a')).toEqual(sent.slice(0, 2));
  Object.defineProperty(way, 'isFull', { value: false });
  session.drained();
  await until('event', 3, 'a');
  expect(positions('a')).toEqual(sent);
});

it('tells every client when the log fails', async () => {
  const { store, send, until, frames } = await following();
  for (const id of IDS) send(subscribe(id));
  for (const id of IDS) await until('caughtUp', 1, id);
  await store.close();
  for (const id of IDS) await until('error', 1, id);
  expect(frames.filter(({ type }) => type === 'error')).toHaveLength(IDS.length);
});

it('follows the log no longer once nobody does', async () => {
  const { send, session, signals, until } = await following();
  for (const id of IDS) send(subscribe(id));
  for (const id of IDS) await until('caughtUp', 1, id);
  send({ type: 'unsubscribe', id: 'a' });
  expect(signals.filter(({ aborted }) => !aborted)).toHaveLength(IDS.length);
  session.end();
  await vi.waitFor(() => expect(signals.filter(({ aborted }) => !aborted)).toEqual([]), WAIT);
});

it('is still for what is for nobody, and a client that leaves goes on behind that', async () => {
  const store = await openStore();
  let handled: Position | undefined;
  const subscribe: EventStore['subscribe'] = async function* (options) {
    for await (const batch of store.subscribe(options)) {
      yield batch;
      handled = batch.position;
    }
  };
  const encode = ({ eventId }: { readonly eventId: string }) => frameOf({ type: 'event', eventId });
  const groups = liveGroups({ store: { ...store, subscribe }, encode });
  const selection = { type: 'Wanted' };
  const calls: string[] = [];
  let reached = await store.lastPosition();
  const client: EventClient = {
    signal: new AbortController().signal,
    after: () => reached,
    reach: (position) => {
      calls.push('reach');
      reached = position;
    },
    offer: () => false,
    offerAll: () => false,
    told: () => void calls.push('told'),
  };
  const left = groups.join(selection, client);
  const others = await filled(store, 20);
  await vi.waitFor(() => expect(handled).toBe(others.at(-1)?.position), WAIT);
  expect(calls).toEqual([]);
  const wanted = [anEvent('Wanted', {})];
  appended(await store.append(streamName('saga'), NO_STREAM, wanted, metadata()));
  await left;
  expect(calls).toEqual(['reach']);
  expect(reached).toBe(others.at(-1)?.position);
});
