// Rows F-E-02 to F-E-14 of the fault matrix: what happens to appends.
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import type { AppendResult, EventStore } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { startEventStoreCluster } from '../support/eventstoredb/cluster.ts';
import { aDouble, messagesOf, openedStore } from '../support/event-store-db.ts';
import { anEvent, appended, headOf, metadata, streamName } from '../support/events.ts';

const WAIT = { timeout: 8000, interval: 10 };

/** An append that is sent again with the same head and the same ids until its outcome is known. */
const repeated = async (append: () => Promise<AppendResult>): Promise<AppendResult> => {
  for (;;) {
    const result = await append();
    if (result.kind !== 'ambiguous') return result;
    await new Promise(setImmediate);
  }
};

const anAppend = (store: EventStore) => {
  const stream = streamName('saga');
  const events = [anEvent(), anEvent()];
  const own = metadata();
  const send = () => store.append(stream, NO_STREAM, events, own);
  const stored = async () =>
    (await store.readStream(stream, { from: 0, direction: 'forwards', max: 10 })).events;
  return { stream, events, send, stored };
};

describe('an append', () => {
  it('to a server that is down is ambiguous in time, and succeeds once when it is back (F-E-02)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, appendTimeoutMs: 300 });
    const one = anAppend(store);
    await double.stop();
    const began = performance.now();
    const lost = await Promise.all(Array.from({ length: 20 }, () => one.send()));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(new Set(lost.map(({ kind }) => kind))).toEqual(new Set(['ambiguous']));
    await vi.waitFor(() => expect(store.isUp()).toBe(false), WAIT);
    await double.start();
    const { events } = appended(await repeated(one.send));
    expect(await one.stored()).toEqual(events);
    await vi.waitFor(() => expect(store.isUp()).toBe(true), WAIT);
  });

  it('that gets no answer is given up in time, and after three the client is a new one (F-E-03)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, appendTimeoutMs: 100 });
    const silence = double.faults.silence(3);
    const kinds: string[] = [];
    for (let count = 0; count < 3; count += 1) kinds.push((await anAppend(store).send()).kind);
    expect(kinds).toEqual(['ambiguous', 'ambiguous', 'ambiguous']);
    expect(silence.hits()).toBe(3);
    expect(store.isUp()).toBe(false);
    expect(store.generation()).toBe(2);
    expect((await repeated(anAppend(store).send)).kind).toBe('ok');
    await vi.waitFor(() => expect(double.openCalls('Append')).toBe(0), WAIT);
    await vi.waitFor(() => expect(store.isUp()).toBe(true), WAIT);
  });

  it.each([status.INTERNAL, status.UNKNOWN, status.DATA_LOSS])(
    'that ends in status %i is ambiguous, and the client, which would not connect anew by itself, is a new one (9.1 H)',
    async (code) => {
      const double = await aDouble();
      const { store } = await openedStore({ url: double.url });
      const fault = double.faults.error({ code });
      const one = anAppend(store);
      expect((await one.send()).kind).toBe('ambiguous');
      expect(fault.hits()).toBe(1);
      expect(store.generation()).toBe(2);
      expect(appended(await repeated(one.send)).events).toEqual(await one.stored());
    },
  );

  it('whose answer is lost is stored once (F-E-04), also where the server forgot recent ids (F-E-07)', async () => {
    for (const recentIds of [1000, 0]) {
      const double = await aDouble({ recentIds });
      const { store } = await openedStore({ url: double.url, appendTimeoutMs: 150 });
      const lost = double.faults.dropReply();
      const one = anAppend(store);
      expect((await one.send()).kind).toBe('ambiguous');
      const { events } = appended(await repeated(one.send));
      expect(lost.hits()).toBe(1);
      expect(await one.stored()).toEqual(events);
      expect(events).toHaveLength(2);
    }
  });

  it('whose answer is lost is found behind what another writer appended since (F-E-05)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, appendTimeoutMs: 150 });
    const lost = double.faults.dropReply();
    const one = anAppend(store);
    expect((await one.send()).kind).toBe('ambiguous');
    const written = await one.stored();
    const [event, own] = [anEvent(), metadata()];
    const next = await repeated(() => store.append(one.stream, headOf(written), [event], own));
    expect(next.kind).toBe('ok');
    expect(appended(await repeated(one.send)).events).toEqual(written);
    expect(lost.hits()).toBe(1);
    expect(await one.stored()).toHaveLength(3);
  });

  it('that is not replicated for a while is stored once (F-E-06)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, appendTimeoutMs: 100 });
    const held = double.faults.notReplicated(400);
    const one = anAppend(store);
    expect((await one.send()).kind).toBe('ambiguous');
    const { events } = appended(await repeated(one.send));
    expect(held.hits()).toBe(1);
    expect(await one.stored()).toEqual(events);
  });

  it('follows a leader inside the configured cluster (F-E-08, F-E-09)', async () => {
    const cluster = await startEventStoreCluster(3);
    onTestFinished(cluster.stop);
    const { store } = await openedStore({ url: cluster.url, appendTimeoutMs: 500 });
    expect((await anAppend(store).send()).kind).toBe('ok');
    const [first, second] = cluster.nodes;
    cluster.promote(1);
    expect((await repeated(anAppend(store).send)).kind).toBe('ok');
    const before = first?.requests.append;
    expect(second?.requests.append).toBeGreaterThan(0);
    const inFlight = Array.from({ length: 10 }, () => anAppend(store)).map((one) => ({
      one,
      first: one.send(),
    }));
    await second?.stop();
    cluster.promote(2);
    for (const { one, first: sent } of inFlight) {
      const result = await sent;
      const { events } = appended(result.kind === 'ambiguous' ? await repeated(one.send) : result);
      expect(await one.stored()).toEqual(events);
    }
    expect(first?.requests.append).toBe(before);
  });

  it('does not follow a leader outside the configured cluster, and says so (F-E-08)', async () => {
    const double = await aDouble();
    const foreign = await aDouble();
    const { store, troubles } = await openedStore({ url: double.url, appendTimeoutMs: 500 });
    const fault = double.faults.notLeader('127.0.0.1', foreign.port);
    const one = anAppend(store);
    expect((await one.send()).kind).toBe('ambiguous');
    expect(fault.hits()).toBe(1);
    expect(appended(await repeated(one.send)).events).toEqual(await one.stored());
    expect(messagesOf(troubles)).toContain(
      `leader 127.0.0.1:${foreign.port} is not in the configured cluster`,
    );
    expect(foreign.requests).toMatchObject({ append: 0, read: 0, subscribe: 0, gossip: 0, features: 0 });
  });

  it('whose call ends without an answer is ambiguous, and another attempt settles it (F-E-10)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, appendTimeoutMs: 150 });
    const ended = double.faults.end(1, { committed: true });
    const one = anAppend(store);
    expect((await one.send()).kind).toBe('ambiguous');
    expect(ended.hits()).toBe(1);
    expect(appended(await repeated(one.send)).events).toEqual(await one.stored());
  });

  it('needs no discovery of features, so that its failure cannot stay in the client (F-E-12)', async () => {
    const double = await aDouble();
    const fault = double.faults.featuresFail(1);
    const { store } = await openedStore({ url: double.url });
    expect((await anAppend(store).send()).kind).toBe('ok');
    expect(double.requests).toMatchObject({ features: 0 });
    expect(fault.hits()).toBe(0);
  });

  it('is not touched by what happens to another store of the process (F-E-11)', async () => {
    const [good, bad] = [await aDouble(), await aDouble()];
    const { store } = await openedStore({ url: good.url });
    const { store: other } = await openedStore({ url: bad.url, appendTimeoutMs: 2000 });
    const slow = good.faults.delay(200, { times: 5 });
    const pending = Array.from({ length: 5 }, () => anAppend(store).send());
    const fault = bad.faults.error({ code: status.INTERNAL });
    expect((await anAppend(other).send()).kind).toBe('ambiguous');
    bad.faults.kill();
    expect((await Promise.all(pending)).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 5 }, () => 'ok'),
    );
    expect([fault.hits(), slow.hits()]).toEqual([1, 5]);
  });

  it.each([
    ['an internal error', { code: status.INTERNAL }],
    ['lost data', { code: status.DATA_LOSS }],
    ['an unknown error', { code: status.UNKNOWN }],
    ['a full server', { code: status.UNAVAILABLE }],
    ['a cancelled call', { code: status.CANCELLED }],
    ['a missing right', { code: status.PERMISSION_DENIED, exception: 'access-denied' }],
  ])('that ends in %s is ambiguous, and another attempt settles it', async (_, fault) => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const armed = double.faults.error({ ...fault, committed: true });
    const one = anAppend(store);
    expect((await one.send()).kind).toBe('ambiguous');
    expect(armed.hits()).toBe(1);
    expect(appended(await repeated(one.send)).events).toEqual(await one.stored());
  });

  it('that the server refuses for its size is refused', async () => {
    const double = await aDouble({ maxAppendBytes: 2000 });
    const { store } = await openedStore({ url: double.url });
    const big = anEvent('Big', { x: 'x'.repeat(3000) });
    const result = await store.append(streamName('saga'), NO_STREAM, [big], metadata());
    expect(result).toMatchObject({ kind: 'refused', code: 'too_large' });
  });

  it('over our own limit does not reach the server (F-E-14)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const before = double.requests.append;
    const part = () => anEvent('Big', { x: 'x'.repeat(460 * 1024) });
    const result = await store.append(streamName('saga'), NO_STREAM, [part(), part()], metadata());
    expect(result).toMatchObject({ kind: 'refused', code: 'too_large' });
    expect(double.requests.append).toBe(before);
  });

  it('of any value at all ends in a result, and what cannot be stored never reaches the server (F-E-13)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const anything = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }),
      fc.constantFrom(undefined, Number.NaN, Number.POSITIVE_INFINITY, Symbol('s'), () => 1, '\ud800'),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        const before = double.requests.append;
        const event = anEvent('Any', { value });
        const result = await store.append(streamName('saga'), NO_STREAM, [event], metadata());
        expect(['ok', 'refused']).toContain(result.kind);
        expect(double.requests.append - before).toBe(result.kind === 'ok' ? 1 : 0);
        if (result.kind === 'ok') expect(await store.lastPosition()).toBe(result.events[0]?.position);
      }),
      { numRuns: 150 },
    );
  });
});
