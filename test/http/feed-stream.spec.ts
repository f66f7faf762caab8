import { describe, expect, it, vi } from 'vitest';
import { START } from '../../src/infra/event-store/port.ts';
import type { DocumentFeed } from '../../src/infra/feed/document-feed.ts';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import { filled } from '../support/events.ts';
import { streamClient } from '../support/feed-clients.ts';
import { atOnce, feedServer, fill, sharedStore } from '../support/feeds.ts';
import { manualClock } from '../support/manual-clock.ts';

const log = sharedStore();
const WAIT = { timeout: 10_000, interval: 2 };

describe('GET /api/v1/feed/sse', () => {
  it('sends events with their cursors as ids, and control messages without', async () => {
    const { port, store, cursor } = await feedServer({ store: log.store });
    const old = await filled(store, 3);
    const client = await streamClient(port, `?from=${cursor.encode(old[0]?.position ?? '')}`);
    await client.next('caughtUp');
    const [added] = await filled(store, 1);
    await client.count(4);
    expect(client.types()).toEqual(['event', 'event', 'caughtUp', 'event']);
    const ids = [old[1], old[2], undefined, added].map((event) =>
      event === undefined ? undefined : cursor.encode(event.position),
    );
    const [retry, ...messages] = client.messages;
    expect(messages.map(({ id }) => id)).toEqual(ids);
    expect(messages.map(({ event }) => event)).toEqual([undefined, undefined, 'caughtUp', undefined]);
    expect(Number(retry?.retry)).toBeGreaterThanOrEqual(1000);
    expect(Number(retry?.retry)).toBeLessThan(10_000);
  });

  it('is not buffered on the way, not kept, and not one of many answers on its connection', async () => {
    const { port } = await feedServer({ store: log.store });
    const { answer } = await streamClient(port);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
  });

  it.each(['category', 'type', 'stream', 'correlationId'] as const)('is narrowed by %s', async (part) => {
    const { port, store, cursor } = await feedServer({ store: log.store });
    const old = (await filled(store, 1)).map(({ position }) => cursor.encode(position)).join('');
    const wanted = await fill(store, 1, { category: 'worker' });
    await fill(store, 2, { category: 'orchestration' });
    const [value] = wanted.map(({ stream, metadata: { correlationId } }) => {
      return { category: 'worker', type: 'SomethingHappened', stream, correlationId }[part];
    });
    const client = await streamClient(port, `?${part}=${value ?? ''}&from=${old}`);
    await client.next('caughtUp');
    const seen = client.events().map(({ event }) => event.eventId);
    expect(seen.slice(0, 1)).toEqual(wanted.map(({ eventId }) => eventId));
    expect(seen).toHaveLength(part === 'type' ? 3 : 1);
  });

  it('continues behind Last-Event-ID, whatever the address says', async () => {
    const { port, store, cursor } = await feedServer({ store: log.store });
    const events = await filled(store, 5);
    const id = cursor.encode(events[2]?.position ?? '');
    const client = await streamClient(port, '?from=start', { 'last-event-id': id });
    await client.next('caughtUp');
    expect(client.events().map(({ event }) => event.eventId)).toEqual(
      events.slice(3).map(({ eventId }) => eventId),
    );
  });

  it('begins now, also behind an empty Last-Event-ID', async () => {
    const { port, store } = await feedServer({ store: log.store });
    await filled(store, 2);
    const client = await streamClient(port, '', { 'last-event-id': '' });
    await client.next('caughtUp');
    expect(client.events()).toEqual([]);
  });

  it('says once that a cursor is of another log, or beyond the end of this one, and ends (F-H-07)', async () => {
    const { port, cursor } = await feedServer({ store: log.store });
    const foreign = cursorCodec({ logId: '0198f3a0-9999-7abc-8def-000000000001', key: Buffer.alloc(32, 7) });
    const beyond = '9'.repeat(10).padStart(20, '0') + '0'.repeat(20);
    for (const [from, reason] of [
      [foreign.encode(START), 'another_log'],
      [cursor.encode(beyond), 'beyond_the_end'],
    ]) {
      const client = await streamClient(port, `?from=${from ?? ''}`);
      expect(await client.closed).toBe(true);
      expect(client.frames).toEqual([{ type: 'resync', reason }]);
      expect(client.messages.at(-1)).not.toHaveProperty('id');
    }
  });

  it('sends a comment every 20 s', async () => {
    const clock = manualClock();
    const { port } = await feedServer({ store: log.store, clock });
    const client = await streamClient(port);
    await client.next('caughtUp');
    await clock.advance(60_000, atOnce);
    await vi.waitFor(() => expect(client.seen.comments).toBe(3), WAIT);
    expect(client.frames).toHaveLength(1);
  });

  it('names its own errors so that clients do not take them for lost connections', async () => {
    const failing = {
      ...log.store,
      subscribe: () => {
        throw new Error('anything');
      },
    };
    const { port } = await feedServer({ store: failing, onTrouble: () => undefined });
    const client = await streamClient(port);
    expect(await client.closed).toBe(true);
    expect(client.messages.at(-1)).toMatchObject({ event: 'feedError' });
    expect(client.frames).toMatchObject([{ type: 'error', code: 'internal' }]);
  });
});

describe('a request for a feed that there is not', () => {
  it.each<[string, Record<string, string>, number, string]>([
    ['?speed=1', {}, 400, 'invalid_input'],
    ['?from=', {}, 400, 'invalid_input'],
    ['?from=yester%20day', {}, 400, 'invalid_input'],
    [`?from=${'A'.repeat(60)}`, {}, 400, 'bad_cursor'],
    ['?category=Saga-1', {}, 400, 'invalid_input'],
    ['?stream=saga', {}, 400, 'invalid_input'],
    ['?type=a&type=b', {}, 400, 'invalid_input'],
    ['?type=lower', {}, 400, 'invalid_input'],
    ['?correlationId=a%0Ab', {}, 400, 'invalid_input'],
    ['?where=[]', {}, 400, 'invalid_input'],
    ['?collection=sagas&from=start', {}, 400, 'invalid_input'],
    ['?collection=sagas&where={', {}, 400, 'invalid_input'],
    ['?collection=sagas&where=[{"field":"status","op":"like","value":"x"}]', {}, 400, 'invalid_input'],
    ['?collection=sagas', {}, 404, 'unknown_collection'],
    ['', { 'last-event-id': 'x'.repeat(10_240) }, 400, 'invalid_header'],
    ['', { 'last-event-id': 'A'.repeat(60) }, 400, 'bad_cursor'],
    ['', { 'last-event-id': 'a b' }, 400, 'invalid_header'],
    ['', { origin: 'https://example.com' }, 403, 'forbidden_origin'],
  ])('is refused: %s %j', async (query, headers, status, code) => {
    const { port } = await feedServer({ store: log.store });
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/feed/sse${query}`, { headers });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toMatchObject({ status, code });
  });

  it('tells which condition is wrong', async () => {
    const { port } = await feedServer({ store: log.store });
    const where = encodeURIComponent('[{"field":"status","op":"eq","value":1},{"op":"eq"}]');
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/feed/sse?collection=sagas&where=${where}`);
    expect(await answer.json()).toMatchObject({
      errors: [{ in: 'query', pointer: '/where/1/field' }, { pointer: '/where/1/value' }],
    });
  });
});

describe('a feed of documents', () => {
  it('sends the snapshot, its end and the changes, none of them with an id', async () => {
    const asked: unknown[] = [];
    const position = START;
    const documents: DocumentFeed = {
      refusalOf: () => undefined,
      // eslint-disable-next-line @typescript-eslint/require-await -- a feed from a list has nothing to wait for
      subscribe: async function* ({ collection, where }) {
        asked.push({ collection, where });
        yield { kind: 'snapshot-document', id: 'r1', position, body: { status: 'WAITING' } };
        yield { kind: 'snapshot-end', position };
        yield { kind: 'changed', id: 'r1', position, body: null };
      },
    };
    const { port } = await feedServer({ store: log.store, documents });
    const where = [{ field: 'status', op: 'eq', value: 'WAITING' }];
    const client = await streamClient(
      port,
      `?collection=sagas&where=${encodeURIComponent(JSON.stringify(where))}`,
    );
    await client.closed;
    expect(asked).toEqual([{ collection: 'sagas', where }]);
    expect(client.types()).toEqual(['snapshotDocument', 'snapshotEnd', 'changed']);
    expect(client.messages.slice(1).map(({ event, id }) => [event, id])).toEqual([
      ['snapshotDocument', undefined],
      ['snapshotEnd', undefined],
      ['changed', undefined],
    ]);
  });
});

describe('a client that stops reading', () => {
  it('is sent no more than a buffer full, misses nothing, and others are not held up (F-H-05)', async () => {
    const { port, store, sockets } = await feedServer();
    const slow = await streamClient(port);
    const reader = await streamClient(port);
    await Promise.all([slow.next('caughtUp'), reader.next('caughtUp')]);
    slow.answer.pause();
    const events = await fill(store, 3000, { bytes: 8000 });
    await vi.waitFor(() => expect(reader.events()).toHaveLength(events.length), WAIT);
    expect(Math.max(...sockets.map(({ writableLength }) => writableLength))).toBeLessThan(128 * 1024);
    slow.answer.resume();
    await vi.waitFor(() => expect(slow.events()).toHaveLength(events.length), WAIT);
    expect(slow.events().map(({ cursor }) => cursor)).toEqual(reader.events().map(({ cursor }) => cursor));
  });

  it('is cut off after a minute', async () => {
    const clock = manualClock();
    const { port, store, sockets } = await feedServer({ clock });
    const slow = await streamClient(port);
    await slow.next('caughtUp');
    slow.answer.pause();
    await fill(store, 2500, { bytes: 8000 });
    const [socket] = sockets;
    await vi.waitFor(() => expect(socket?.writableNeedDrain).toBe(true), WAIT);
    await clock.advance(60_000, atOnce);
    await vi.waitFor(() => expect(socket?.destroyed).toBe(true), WAIT);
  });
});

describe('a server that goes away', () => {
  it('ends every stream properly within a second, and cuts off those that do not read', async () => {
    const { port, app, store, sockets } = await feedServer();
    const clients = await Promise.all(Array.from({ length: 10 }, () => streamClient(port)));
    const stuck = await streamClient(port);
    await Promise.all([...clients, stuck].map((client) => client.next('caughtUp')));
    stuck.answer.pause();
    await fill(store, 2500, { bytes: 8000 });
    await vi.waitFor(
      () => expect(sockets.some(({ writableNeedDrain }) => writableNeedDrain)).toBe(true),
      WAIT,
    );
    await vi.waitFor(
      () => expect(clients.every((client) => client.events().length === 2500)).toBe(true),
      WAIT,
    );
    const start = performance.now();
    await app.close();
    expect(performance.now() - start).toBeLessThan(1500);
    for (const client of clients) expect(await client.closed).toBe(true);
  });
});
