import { describe, expect, it, vi } from 'vitest';
import { filled } from '../support/events.ts';
import { feedUrl, refusedHandshake, socketClient } from '../support/feed-clients.ts';
import { atOnce, feedServer, fill, sharedStore } from '../support/feeds.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openRaw } from './raw-client.ts';

const log = sharedStore();
const SUBSCRIBE = { type: 'subscribe', id: 'a', events: {}, from: 'now' };
const WAIT = { timeout: 10_000, interval: 2 };
const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'skald.feed.v1',
};

describe('GET /api/v1/feed', () => {
  it('sends events from the start, then that it has caught up, then what is new', async () => {
    const { port, store, cursor } = await feedServer({ store: log.store });
    const old = await filled(store, 3);
    const client = await socketClient(port);
    expect(client.socket.protocol).toBe('skald.feed.v1');
    client.send({ ...SUBSCRIBE, from: cursor.encode(old[0]?.position ?? '') });
    await client.next('caughtUp');
    const [added] = await filled(store, 1);
    await client.count(4);
    expect(client.types()).toEqual(['event', 'event', 'caughtUp', 'event']);
    expect(client.events().map(({ event }) => event.eventId)).toEqual(
      [old[1], old[2], added].map((event) => event?.eventId),
    );
    expect(client.events()[2]).toMatchObject({ id: 'a', cursor: cursor.encode(added?.position ?? '') });
  });

  it('sends the heartbeat without a cursor, and answers errors without closing', async () => {
    const clock = manualClock();
    const { port } = await feedServer({ store: log.store, clock });
    const client = await socketClient(port);
    client.send({ ...SUBSCRIBE, from: 'A'.repeat(60) });
    expect(await client.next('error')).toMatchObject({ id: 'a', code: 'bad_cursor' });
    await clock.advance(25_000, atOnce);
    expect(await client.next('heartbeat')).toEqual({ type: 'heartbeat' });
    client.send(SUBSCRIBE);
    await client.next('caughtUp');
  });

  it('cuts off a client that leaves a ping unanswered, not one that answers (F-H-09)', async () => {
    const clock = manualClock();
    const { port } = await feedServer({ store: log.store, clock });
    const deaf = await socketClient(port, { autoPong: false });
    const alive = await socketClient(port);
    for (let round = 1; round <= 3; round += 1) {
      const answered = new Promise((resolve) => alive.socket.once('ping', resolve));
      await clock.advance(25_000, atOnce);
      await answered;
      // What follows a pong on the same connection arrives after it.
      alive.send({ ...SUBSCRIBE, id: `s${round}` });
      await vi.waitFor(
        () => expect(alive.frames.filter(({ type }) => type === 'caughtUp')).toHaveLength(round),
        WAIT,
      );
    }
    expect((await deaf.closed).code).toBe(1006);
    expect(alive.socket.readyState).toBe(alive.socket.OPEN);
  });
});

describe('what closes the connection', () => {
  const closing = async (act: (client: Awaited<ReturnType<typeof socketClient>>) => void) => {
    const clock = manualClock();
    const { port } = await feedServer({ store: log.store, clock });
    const client = await socketClient(port);
    act(client);
    return { closed: () => client.closed };
  };
  const times = (count: number, act: () => void): void => {
    for (let turn = 0; turn < count; turn += 1) act();
  };

  it.each<[string, number, Parameters<typeof closing>[0]]>([
    ['a binary message', 1003, ({ socket }) => socket.send(Buffer.from('{}'))],
    ['three unknown messages', 1008, ({ send }) => times(3, () => send({ type: 'shout' }))],
    ['three messages with __proto__', 1008, ({ send }) => times(3, () => send('{"__proto__":{}}'))],
    ['three deep messages', 1008, ({ send }) => times(3, () => send('['.repeat(5000)))],
    ['a message of 64 KiB and a byte', 1009, ({ send }) => send('x'.repeat(65_537))],
    ['101 messages in a second', 4429, ({ send }) => times(101, () => send({ type: 'auth', token: 'x' }))],
    ['65 fragments', 1008, ({ socket }) => times(66, () => socket.send('x', { fin: false }))],
  ])('is %s: %i', async (_what, code, act) => {
    expect((await (await closing(act)).closed()).code).toBe(code);
  });

  it('is a heap of pings at once: the line is cut', async () => {
    const { closed } = await closing(({ socket }) => times(200, () => socket.ping()));
    expect((await closed()).code).toBe(1006);
  });

  it.each([
    // A mask of zeros leaves the payload as it is.
    ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], 1007],
    ['reserved bits', [0xf1, 0x82, 0, 0, 0, 0, 0x41, 0x41], 1002],
    ['an unmasked frame', [0x81, 0x02, 0x41, 0x41], 1002],
  ])('is %s', async (_what, bytes, code) => {
    const { port } = await feedServer({ store: log.store, clock: manualClock() });
    const lines = Object.entries({ host: 'localhost', ...HANDSHAKE }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const client = openRaw(port, `GET /api/v1/feed HTTP/1.1\r\n${lines.join('')}\r\n`);
    await client.until(/101 Switching Protocols[^]*\r\n\r\n/);
    client.socket.write(Buffer.from(bytes));
    const close = Buffer.from(
      (await client.until(/\r\n\r\n\x88[^]{3}/)).split('\r\n\r\n')[1] ?? '',
      'latin1',
    );
    expect(close.readUInt16BE(2)).toBe(code);
  });
});

describe('the handshake', () => {
  const answerTo = async (headers: Record<string, string | undefined>, path = '', method = 'GET') => {
    const { port } = await feedServer({ store: log.store });
    const changed: Record<string, string | undefined> = { ...HANDSHAKE, ...headers };
    const given = Object.fromEntries(
      Object.entries(changed).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ) as Record<string, string>;
    return refusedHandshake(`${feedUrl(port).replace('ws:', 'http:')}${path}`, given, method);
  };

  it.each<[string, Record<string, string | undefined>, number, string]>([
    ['no upgrade', { upgrade: undefined, connection: undefined }, 426, 'upgrade_required'],
    ['another upgrade', { upgrade: 'h2c' }, 426, 'upgrade_required'],
    ['an old version', { 'sec-websocket-version': '8' }, 426, 'upgrade_required'],
    ['no version', { 'sec-websocket-version': undefined }, 426, 'upgrade_required'],
    ['a short key', { 'sec-websocket-key': 'AAAA' }, 400, 'invalid_header'],
    ['no key', { 'sec-websocket-key': undefined }, 400, 'invalid_header'],
    ['no sub-protocol', { 'sec-websocket-protocol': undefined }, 400, 'invalid_header'],
    ['another sub-protocol', { 'sec-websocket-protocol': 'graphql-ws, mqtt' }, 400, 'invalid_header'],
    ['a foreign origin', { origin: 'https://example.com' }, 403, 'forbidden_origin'],
    ['the origin null', { origin: 'null' }, 403, 'forbidden_origin'],
    ['two origins', { origin: 'http://localhost, http://localhost' }, 403, 'forbidden_origin'],
    ['a foreign host', { host: 'example.com' }, 403, 'forbidden_host'],
  ])('with %s is answered before anything is opened', async (_what, headers, status, code) => {
    const answer = await answerTo(headers);
    expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
      status,
      type: 'application/problem+json',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ code, status });
  });

  it('with a token in the address is refused: 400', async () => {
    const answer = await answerTo({}, '?token=secret');
    expect(JSON.parse(answer.body)).toMatchObject({
      code: 'invalid_input',
      errors: [{ in: 'query', pointer: '/token' }],
    });
    expect(answer.body).not.toContain('secret');
  });

  it('by another method is refused: 405', async () => {
    expect(await answerTo({}, '', 'DELETE')).toMatchObject({ status: 405, headers: { allow: 'GET' } });
  });

  it('names the version and the protocol it needs', async () => {
    expect((await answerTo({ upgrade: undefined, connection: undefined })).headers).toMatchObject({
      upgrade: 'websocket',
      'sec-websocket-version': '13',
    });
  });

  it('with an origin of this machine, or ours among other sub-protocols, is accepted', async () => {
    const { port } = await feedServer({ store: log.store });
    const client = await socketClient(port, { headers: { origin: 'http://localhost:3000' } });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
  });

  it('with 2,000 headers leaves the server alive', async () => {
    const { port } = await feedServer({ store: log.store });
    const many = Array.from({ length: 2000 }, (_, index) => `x-${index}: 1\r\n`).join('');
    const lines = Object.entries({ host: 'localhost', ...HANDSHAKE }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    const answer = await openRaw(port, `GET /api/v1/feed HTTP/1.1\r\n${lines.join('')}${many}\r\n`).all;
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    await socketClient(port);
  });

  it('leaves requests alone that offer an upgrade to other routes', async () => {
    const { port } = await feedServer({ store: log.store });
    const answer = await refusedHandshake(`http://127.0.0.1:${port}/livez`, {
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
    });
    expect(answer).toMatchObject({ status: 200, body: '{"status":"UP"}' });
    expect((await refusedHandshake(`http://127.0.0.1:${port}/livez`, HANDSHAKE)).status).toBe(200);
  });
});

describe('a client that stops reading (F-H-05)', () => {
  it('is sent no more than may wait for it, and misses nothing', async () => {
    const { port, store, sockets } = await feedServer();
    const slow = await socketClient(port);
    const reader = await socketClient(port);
    for (const client of [slow, reader]) client.send({ ...SUBSCRIBE, credit: 10_000 });
    await Promise.all([slow.next('caughtUp'), reader.next('caughtUp')]);
    slow.socket.pause();
    const events = await fill(store, 3000, { bytes: 8000 });
    await vi.waitFor(() => expect(reader.events()).toHaveLength(events.length), WAIT);
    const waiting = Math.max(...sockets.map(({ writableLength }) => writableLength));
    expect(waiting).toBeGreaterThan(256 * 1024);
    expect(waiting).toBeLessThan(320 * 1024);
    slow.socket.resume();
    await vi.waitFor(() => expect(slow.events()).toHaveLength(events.length), WAIT);
    expect(slow.events().map(({ cursor }) => cursor)).toEqual(reader.events().map(({ cursor }) => cursor));
  });

  it('is closed with 1013 after a minute', async () => {
    const clock = manualClock();
    const { port, store, sockets } = await feedServer({ clock });
    const slow = await socketClient(port);
    slow.send({ ...SUBSCRIBE, credit: 10_000 });
    await slow.next('caughtUp');
    const [socket] = sockets;
    slow.socket.pause();
    await fill(store, 2500, { bytes: 8000 });
    await vi.waitFor(() => expect(socket?.writableLength).toBeGreaterThan(256 * 1024), WAIT);
    await clock.advance(60_000, atOnce);
    slow.socket.resume();
    expect(await slow.closed).toEqual({ code: 1013, reason: 'slow' });
  });

  it('is cut off where it does not even take the close frame', async () => {
    const clock = manualClock();
    const { port, store, sockets } = await feedServer({ clock });
    const slow = await socketClient(port);
    slow.send({ ...SUBSCRIBE, credit: 10_000 });
    await slow.next('caughtUp');
    const [socket] = sockets;
    slow.socket.pause();
    await fill(store, 2500, { bytes: 8000 });
    await vi.waitFor(() => expect(socket?.writableLength).toBeGreaterThan(256 * 1024), WAIT);
    await clock.advance(65_000, atOnce);
    await vi.waitFor(() => expect(socket?.destroyed).toBe(true), WAIT);
  });
});

describe('a server that goes away (F-H-08)', () => {
  it('closes every connection with 1001 and cuts off those that do not answer, within a second', async () => {
    const { port, app } = await feedServer({ store: log.store });
    const clients = await Promise.all(Array.from({ length: 20 }, () => socketClient(port)));
    const [stuck] = clients;
    for (const client of clients) client.send(SUBSCRIBE);
    await Promise.all(clients.map((client) => client.next('caughtUp')));
    stuck?.socket.pause();
    const start = performance.now();
    await app.close();
    expect(performance.now() - start).toBeLessThan(1500);
    for (const client of clients.slice(1))
      expect(await client.closed).toEqual({ code: 1001, reason: 'draining' });
  });
});
