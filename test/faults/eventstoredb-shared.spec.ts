// A server that others use too, and a network that neither carries nor fails.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import { aDouble, aNamespace, hurriedClock, openedStore, plantHistory } from '../support/event-store-db.ts';
import { anEvent, appended, collect, filled, metadata, readAllOf, streamName } from '../support/events.ts';
import { tcpProxy } from '../support/tcp-proxy.ts';

const WAIT = { timeout: 20_000, interval: 10 };

const anAppended = async (store: EventStore): Promise<StoredEvent | undefined> =>
  appended(await store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata())).events[0];

describe('a store beside the events of others, which a server takes long to look through', () => {
  it('opens on a log of its own', async () => {
    const double = await aDouble({ scanMs: 3000 });
    plantHistory(double, aNamespace(), 3000);
    const { store, troubles } = await openedStore({ url: double.url });
    expect(await store.lastPosition()).toBe(START);
    const first = await anAppended(store);
    expect(await store.lastPosition()).toBe(first?.position);
    expect(troubles).toEqual([]);
  });

  it('knows where its log ends, and opens again, however much they have written behind it', async () => {
    const double = await aDouble({ scanMs: 750 });
    const own = { url: double.url, namespace: aNamespace(), clock: hurriedClock(3) };
    const { store } = await openedStore(own);
    const first = await anAppended(store);
    plantHistory(double, aNamespace(), 3000);
    await vi.waitFor(async () => expect(await store.lastPosition()).toBe(first?.position), WAIT);
    expect((await readAllOf(store, { max: 10 })).map(({ eventId }) => eventId)).toEqual([first?.eventId]);
    const again = await openedStore(own);
    expect(await again.store.lastPosition()).toBe(first?.position);
    const second = await anAppended(again.store);
    await vi.waitFor(async () => expect(await store.lastPosition()).toBe(second?.position), WAIT);
  }, 60_000);
});

/** A store through a proxy, whose subscription has seen what another one wrote. */
const followingThroughProxy = async () => {
  const double = await aDouble();
  const proxy = await tcpProxy('127.0.0.1', double.port);
  onTestFinished(proxy.down);
  const namespace = aNamespace();
  const through = `esdb://127.0.0.1:${proxy.port}?tls=false&keepAliveTimeout=1000`;
  const { store, troubles } = await openedStore({ url: through, namespace });
  const { store: other } = await openedStore({ url: double.url, namespace });
  const seen = collect(store, { after: START });
  await filled(other, 2);
  await seen.until(2);
  return { proxy, store, other, seen, troubles };
};

describe('a subscription over a dead network', () => {
  it('goes on where its connection stays open and nothing passes any more (F-E-15)', async () => {
    const { proxy, store, other, seen, troubles } = await followingThroughProxy();
    proxy.freeze();
    await filled(other, 2);
    // Nobody asks for anything: only what keeps the connection alive finds out.
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(0), { timeout: 25_000, interval: 50 });
    expect(store.isUp()).toBe(false);
    proxy.thaw();
    await seen.until(4);
    expect(await seen.stop()).toEqual(await readAllOf(other, { max: 100 }));
  }, 60_000);

  it('leaves a connection that is dead for ever, to append as well (F-E-15)', async () => {
    const { proxy, store, other, seen, troubles } = await followingThroughProxy();
    expect(proxy.strand()).toBeGreaterThan(0);
    await filled(other, 2);
    const [stream, event, own] = [streamName('saga'), anEvent(), metadata()];
    const append = () => store.append(stream, NO_STREAM, [event], own);
    expect(await append()).toMatchObject({ kind: 'ambiguous' });
    await expect.poll(append, { timeout: 30_000, interval: 50 }).toMatchObject({ kind: 'ok' });
    await vi.waitFor(() => expect(store.isUp()).toBe(true), WAIT);
    await seen.until(5);
    expect(troubles.length).toBeGreaterThan(0);
    expect(await seen.stop()).toEqual(await readAllOf(other, { max: 100 }));
  }, 60_000);
});
