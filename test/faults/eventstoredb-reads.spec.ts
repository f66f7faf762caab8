// Rows F-E-01, F-E-02 and F-E-14 to F-E-22 of the fault matrix: what happens to readers and followers.
import { status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemRandom } from '../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import {
  aDouble,
  aNamespace,
  hurriedClock,
  messagesOf,
  openedStore,
  plantHistory,
} from '../support/event-store-db.ts';
import type { EventStoreDouble } from '../support/eventstoredb/double.ts';
import {
  anEvent,
  appended,
  collect,
  filled,
  headOf,
  metadata,
  readAllOf,
  streamName,
} from '../support/events.ts';

const WAIT = { timeout: 8000, interval: 10 };
const read = (store: EventStore, stream: string, from = 0) =>
  store.readStream(stream, { from, direction: 'forwards', max: 10 });

/** Two appends to one stream, and what the log has of it. */
const aStream = async (store: EventStore, count = 3): Promise<readonly StoredEvent[]> => {
  const stream = streamName('saga');
  const events = Array.from({ length: count }, () => anEvent());
  return appended(await store.append(stream, NO_STREAM, events, metadata())).events;
};

const followed = async (double: EventStoreDouble, options: { readonly silenceMs?: number } = {}) => {
  const namespace = aNamespace();
  const { store, troubles } = await openedStore({ url: double.url, namespace, ...options });
  const seen = collect(store, { after: START });
  await seen.untilBatch((batch) => batch.caughtUp);
  await vi.waitFor(() => expect(store.isUp()).toBe(true), WAIT);
  return { namespace, store, troubles, seen };
};

describe('a store that is started or read while the server is away', () => {
  it('waits for the server, says so, and serves when it is up (F-E-01)', async () => {
    const double = await aDouble();
    await double.stop();
    const troubles: unknown[] = [];
    const opening = eventStoreDb({
      ...{ url: double.url, namespace: aNamespace(), clock: hurriedClock(10), random: systemRandom() },
      onTrouble: (error) => void troubles.push(error),
    });
    await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(0), WAIT);
    await double.start();
    const store = await opening;
    onTestFinished(store.close);
    await vi.waitFor(() => expect(store.isUp()).toBe(true), WAIT);
    expect(await aStream(store)).toHaveLength(3);
  });

  it('gives up where it is told not to try any more', async () => {
    const double = await aDouble();
    await double.stop();
    const options = {
      url: double.url,
      namespace: aNamespace(),
      clock: hurriedClock(20),
      random: systemRandom(),
      onTrouble: () => undefined,
    };
    await expect(eventStoreDb({ ...options, signal: AbortSignal.abort() })).rejects.toThrow(
      'not reached in time',
    );
  });

  it('answers reads with StoreUnavailable after four seconds (F-E-02)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, clock: hurriedClock(10) });
    await double.stop();
    const began = performance.now();
    await expect(read(store, 'saga-1')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await expect(store.lastPosition()).rejects.toMatchObject({ name: 'StoreUnavailable' });
    const tookMs = (performance.now() - began) * 10;
    expect(tookMs).toBeGreaterThan(7000);
    expect(tookMs).toBeLessThan(20_000);
  });

  it('reads on through a short absence', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const events = await aStream(store);
    await double.stop();
    const reading = read(store, events[0]?.stream ?? '');
    await double.start();
    expect((await reading).events).toEqual(events);
  });

  it('answers a read that gets no answer with StoreUnavailable', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url, clock: hurriedClock(10) });
    const silence = double.faults.silence(1, 'read');
    await expect(read(store, 'saga-1')).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(silence.hits()).toBe(1);
    expect(await read(store, 'saga-1')).toEqual({ events: [], head: -1 });
  });
});

describe('a subscription', () => {
  it.each([
    ['ends without an error', (double: EventStoreDouble) => double.faults.endSubscriptions()],
    ['fails', (double: EventStoreDouble) => double.faults.errorSubscriptions()],
    [
      'fails with an internal error',
      (double: EventStoreDouble) => double.faults.errorSubscriptions(status.INTERNAL),
    ],
    ['falls silent', (double: EventStoreDouble) => double.faults.silenceSubscriptions()],
    ['falls behind', (double: EventStoreDouble) => double.faults.fallBehind()],
  ])("goes on without gap or repeat where the server's %s (F-E-15)", async (_, strike) => {
    const double = await aDouble();
    const { store, seen } = await followed(double, { silenceMs: 200 });
    await filled(store, 5);
    await seen.until(5);
    expect(strike(double)).toBeGreaterThan(0);
    await filled(store, 5);
    await seen.until(10);
    expect(await seen.stop()).toEqual(await readAllOf(store, { max: 100 }));
  });

  it('goes on where the server dies and comes back, many times under load (F-E-02, F-E-15)', async () => {
    const double = await aDouble();
    const { store, seen, troubles } = await followed(double);
    let count = 0;
    for (let round = 0; round < 5; round += 1) {
      count += (await filled(store, 10)).length;
      if (round % 2 === 0) double.faults.kill();
      else await double.restart();
      await vi.waitFor(() => store.lastPosition(), WAIT);
    }
    await seen.until(count);
    expect(troubles.length).toBeGreaterThan(0);
    expect(await seen.stop()).toEqual(await readAllOf(store, { max: 100 }));
  });

  it('ends for nobody when the server is away while it begins', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    plantHistory(double, namespace, 20);
    const { store, troubles } = await openedStore({ url: double.url, namespace, clock: hurriedClock(20) });
    await double.stop();
    const seen = collect(store, { after: START });
    await vi.waitFor(() => expect(messagesOf(troubles)).toContain('cannot be reached'), WAIT);
    await double.start();
    await seen.until(20);
    expect(await seen.stop()).toEqual(await readAllOf(store, { max: 100 }));
  });

  it.each(['duplicate', 'older'] as const)(
    'gives each event once where one comes again: %s (F-E-16)',
    async (kind) => {
      const double = await aDouble();
      const { store, seen } = await followed(double);
      await filled(store, 2);
      const fault = double.faults.duplicateDelivery(kind, 3);
      await filled(store, 6);
      await seen.until(8);
      expect(fault.hits()).toBe(3);
      expect(await seen.stop()).toEqual(await readAllOf(store, { max: 100 }));
    },
  );

  it('gives an event that was left out at first late, and once (F-E-16)', async () => {
    const double = await aDouble();
    const { store, seen } = await followed(double);
    await filled(store, 2);
    await seen.until(2);
    const fault = double.faults.duplicateDelivery('skipped');
    await filled(store, 3);
    await seen.until(5);
    expect(fault.hits()).toBe(1);
    const log = await readAllOf(store, { max: 100 });
    const given = await seen.stop();
    expect(given.map(({ eventId }) => eventId).toSorted()).toEqual(
      log.map(({ eventId }) => eventId).toSorted(),
    );
    expect(given.slice(2, 4)).toEqual([log[3], log[2]]);
  });

  it('reads the stream again where a revision is missing, and gives its events in order (F-E-16)', async () => {
    const double = await aDouble();
    const { store, seen, troubles } = await followed(double);
    const [first] = await aStream(store, 1);
    if (first === undefined) throw new Error('nothing appended');
    await seen.until(1);
    const fault = double.faults.duplicateDelivery('skipped');
    const more = [anEvent(), anEvent(), anEvent()];
    const { events } = appended(await store.append(first.stream, headOf([first]), more, metadata()));
    await seen.until(4);
    await filled(store, 1);
    await seen.until(5);
    expect(fault.hits()).toBe(1);
    expect((await seen.stop()).slice(0, 4)).toEqual([first, ...events]);
    expect(messagesOf(troubles)).toContain('were left out and are read again');
  });

  it.each(['early', 'repeated', 'backwards'] as const)(
    'loses nothing by a checkpoint that is %s (F-E-17)',
    async (lie) => {
      const double = await aDouble();
      const { store, seen } = await followed(double);
      const fault = double.faults.staleCheckpoint(lie, 2);
      await filled(store, 6);
      double.faults.endSubscriptions();
      await filled(store, 6);
      await seen.until(12);
      expect(fault.hits()).toBe(2);
      const log = await readAllOf(store, { max: 100 });
      expect(await seen.stop()).toEqual(log);
      expect(await readAllOf(store, { max: 5, categories: ['worker'] })).toHaveLength(6);
    },
  );

  it('reads every event although the checkpoint of each comes before it (F-E-17)', async () => {
    const double = await aDouble();
    const { store, seen } = await followed(double);
    const events = [...(await aStream(store, 1)), ...(await aStream(store, 1)), ...(await aStream(store, 1))];
    await seen.until(3);
    // The log's own first event is one of them.
    const fault = double.faults.staleCheckpoint('early', 4);
    expect((await store.readAll({ after: START, max: 10 })).events).toEqual(events);
    expect(fault.hits()).toBe(4);
    expect(await seen.stop()).toEqual(events);
  });

  it('resumes in the middle of an append, whose events share a commit position (F-E-17)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const events = await aStream(store, 3);
    expect(new Set(events.map(({ position }) => position.slice(0, 20))).size).toBe(1);
    const after = events[0]?.position ?? START;
    expect((await store.readAll({ after, max: 10 })).events).toEqual(events.slice(1));
  });

  it('holds the server back where its consumer is slow (F-E-18)', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    plantHistory(double, namespace, 10_000);
    const { store } = await openedStore({ url: double.url, namespace });
    const abort = new AbortController();
    const batches = store.subscribe({ after: START, signal: abort.signal })[Symbol.asyncIterator]();
    const first = await batches.next();
    await store.lastPosition();
    expect(double.eventsSent()).toBeLessThan(4000);
    let seen = first.done === true ? 0 : first.value.events.length;
    while (seen < 10_000) {
      const next = await batches.next();
      if (next.done !== true) seen += next.value.events.length;
    }
    expect(seen).toBe(10_000);
    abort.abort();
  });

  it('sends a live consumer that fell out of what is kept in memory back to the server (F-E-18)', async () => {
    const double = await aDouble();
    const { store } = await openedStore({ url: double.url });
    const abort = new AbortController();
    const batches = store.subscribe({ after: START, signal: abort.signal })[Symbol.asyncIterator]();
    await batches.next();
    const taken: string[] = [];
    const take = async (): Promise<void> => {
      const next = await batches.next();
      if (next.done !== true) taken.push(...next.value.events.map(({ eventId }) => eventId));
    };
    await filled(store, 1);
    while (taken.length === 0) await take();
    // More than the 32 MiB that are kept, as they are counted: three times their size.
    const quick = collect(store, { after: START });
    const note = 'x'.repeat(450_000);
    for (let count = 0; count < 40; count += 1)
      appended(await store.append(streamName('saga'), NO_STREAM, [anEvent('Large', { note })], metadata()));
    await quick.until(41);
    await quick.stop();
    const before = double.eventsSent();
    while (taken.length < 41) await take();
    expect(double.eventsSent()).toBeGreaterThan(before);
    await filled(store, 1);
    while (taken.length < 42) await take();
    abort.abort();
    const log = await readAllOf(store, { max: 100 });
    expect(taken).toEqual(log.map(({ eventId }) => eventId));
  }, 30_000);
});

const collected = async (store: EventStore): Promise<number> => {
  let count = 0;
  for await (const batch of store.subscribe({ after: START, signal: new AbortController().signal }))
    count += batch.events.length;
  return count;
};

describe('a damaged log', () => {
  it.each([
    ['is no JSON', 'bad_json'],
    ['has no id', 'no_id'],
    ['has no type', 'no_type'],
  ] as const)('names the event that %s and serves everything else (F-E-19)', async (_, defect) => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store, troubles } = await openedStore({ url: double.url, namespace });
    const events = await aStream(store);
    const failing = expect(collected(store)).rejects.toMatchObject({ stream: 'saga-planted', revision: 0 });
    const stream = `${namespace}.saga-planted`;
    if (defect === 'bad_json') double.faults.plantBadJson(stream);
    else double.faults.plantDefect(stream, defect);
    const named = { name: 'LogDamaged', stream: 'saga-planted', revision: 0 };
    await expect(read(store, 'saga-planted')).rejects.toMatchObject(named);
    await failing;
    expect((await read(store, events[0]?.stream ?? '')).events).toEqual(events);
    expect(await aStream(store)).toHaveLength(3);
    expect(messagesOf(troubles)).toContain('saga-planted is damaged at revision 0');
  });

  it('names an event whose bytes were changed', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store } = await openedStore({ url: double.url, namespace });
    const [first] = await aStream(store, 1);
    const record = double.log.stateOf(`${namespace}.${first?.stream ?? ''}`).records[0];
    record?.data.set(Buffer.from('{"note":1}'));
    const { store: other } = await openedStore({ url: double.url, namespace });
    await expect(read(other, first?.stream ?? '')).rejects.toMatchObject({ name: 'LogDamaged', revision: 0 });
    await expect(other.readAll({ after: START, max: 10 })).rejects.toMatchObject({ name: 'LogDamaged' });
  });

  it('reports an event that is too large to receive, and serves other streams (F-E-14)', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store } = await openedStore({ url: double.url, namespace });
    const events = await aStream(store);
    const data = Buffer.alloc(18 * 1024 * 1024, 'x');
    double.log.plant(`${namespace}.saga-huge`, {
      ...{ id: crypto.randomUUID(), type: 'Huge', contentType: 'application/json', data },
      metadata: Buffer.from('{}'),
    });
    await expect(read(store, 'saga-huge')).rejects.toMatchObject({ name: 'LogDamaged', stream: 'saga-huge' });
    await expect(store.readAll({ after: START, max: 100 })).rejects.toMatchObject({ name: 'LogDamaged' });
    expect((await read(store, events[0]?.stream ?? '')).events).toEqual(events);
  });

  it('reports a tombstone and what was cut off, and takes a deleted stream for unknown (F-E-20)', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store } = await openedStore({ url: double.url, namespace });
    const [buried, cut, deleted] = [await aStream(store), await aStream(store), await aStream(store)];
    const nameOf = (events: readonly StoredEvent[]): string => events[0]?.stream ?? '';
    double.faults.tombstoneStream(`${namespace}.${nameOf(buried)}`);
    double.faults.truncateStream(`${namespace}.${nameOf(cut)}`, 2n);
    double.faults.deleteStream(`${namespace}.${nameOf(deleted)}`);
    await expect(read(store, nameOf(buried))).rejects.toMatchObject({ name: 'LogDamaged' });
    const onTop = await store.append(nameOf(buried), headOf(buried), [anEvent()], metadata());
    expect(onTop).toMatchObject({ kind: 'refused', code: 'integrity' });
    await expect(read(store, nameOf(cut))).rejects.toMatchObject({ name: 'LogDamaged', revision: 0 });
    expect((await read(store, nameOf(cut), 2)).events).toEqual(cut.slice(2));
    expect(await read(store, nameOf(deleted))).toEqual({ events: [], head: -1 });
    const again = await store.append(nameOf(deleted), NO_STREAM, [anEvent()], metadata());
    expect(again).toMatchObject({ kind: 'refused', code: 'integrity' });
  });

  it('reports a hole that a scavenge left (F-E-20)', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    const { store } = await openedStore({ url: double.url, namespace });
    const events = await aStream(store);
    double.faults.truncateStream(`${namespace}.${events[0]?.stream ?? ''}`, 1n);
    double.faults.scavenge();
    const { store: other } = await openedStore({ url: double.url, namespace });
    await expect(other.readAll({ after: START, max: 10 })).rejects.toMatchObject({ name: 'LogDamaged' });
  });
});

describe('open calls', () => {
  it('are none but the live one after twenty readers that left in the middle (F-E-22)', async () => {
    const double = await aDouble();
    const namespace = aNamespace();
    plantHistory(double, namespace, 3000);
    const { store } = await openedStore({ url: double.url, namespace });
    for (let count = 0; count < 20; count += 1) {
      const abort = new AbortController();
      for await (const batch of store.subscribe({ after: START, signal: abort.signal }))
        if (batch.events.length > 0) break;
      await store.readAll({ after: START, max: 1 });
    }
    await vi.waitFor(() => expect(double.openCalls('Read')).toBe(1), WAIT);
    await store.close();
    await vi.waitFor(() => expect(double.openCalls()).toBe(0), WAIT);
  });
});
