import { describe, expect, it, vi } from 'vitest';
import type { DocumentFeed } from '../../src/infra/feed/document-feed.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { ownerOfStream } from '../../src/queries/stream/owner-of-stream.ts';
import { anEvent, appended, metadata } from '../support/events.ts';
import { feedUrl, refusedHandshake, socketClient, streamClient } from '../support/feed-clients.ts';
import { atOnce, feedServer, sharedStore } from '../support/feeds.ts';
import { manualClock } from '../support/manual-clock.ts';
import { queriesOver } from '../support/read-models.ts';
import { claimsFor } from '../support/tokens.ts';
import { jwtAuth, KEY } from './auth-edge.ts';
import { JSON_TYPE } from './edge.ts';

const log = sharedStore();
const HOUR = 3_600_000;
/** Over before the first ping, which a clock that jumps leaves unanswered. */
const SHORT_S = 10;
const WAIT = { timeout: 10_000, interval: 2 };
const SUBSCRIBE = { type: 'subscribe', id: 'a', events: {}, from: 'start' };
const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'skald.feed.v1',
};

const NOTHING: DocumentFeed = {
  refusalOf: () => undefined,
  // eslint-disable-next-line @typescript-eslint/require-await -- a feed without documents has nothing to wait for
  subscribe: async function* () {
    yield { kind: 'snapshot-end', position: START };
  },
};

/** A server that asks for tokens, with a clock that a test moves; tokens are good for an hour. */
const world = async (store: EventStore = log.store, documents: DocumentFeed = NOTHING) => {
  const clock = manualClock();
  const { queries } = await queriesOver();
  const owners = { ...queries, ownerOfStream: ownerOfStream(store) };
  const server = await feedServer({ store, clock, documents }, { auth: jwtAuth(clock), queries: owners });
  const token = (subject: string, role: Role = 'auditor', claims: object = {}) =>
    KEY.sign(claimsFor(subject, [role], { nowMs: clock.now(), ...claims }));
  const bearer = async (subject: string, role?: Role, claims?: object) => ({
    authorization: `Bearer ${await token(subject, role, claims)}`,
  });
  const page = { origin: `http://127.0.0.1:${server.port}` };
  return {
    ...server,
    clock,
    token,
    bearer,
    /** A socket whose handshake has the header. */
    open: async (subject: string, role?: Role, claims?: object) =>
      socketClient(server.port, { headers: await bearer(subject, role, claims) }),
    /** A socket as a browser opens it, from a page of this server. */
    openPage: () => socketClient(server.port, { headers: page }),
    refused: (headers: Record<string, string | string[]>, path = '') =>
      refusedHandshake(`${feedUrl(server.port).replace('ws:', 'http:')}${path}`, {
        ...HANDSHAKE,
        ...headers,
      }),
    page,
  };
};

/** An event of a run of somebody, in a log of its own run. */
const runOf = async (store: EventStore, owner: string): Promise<string> => {
  const stream = `saga-${crypto.randomUUID()}`;
  appended(
    await store.append(stream, NO_STREAM, [anEvent('SagaStarted', { owner })], { ...metadata(), owner }),
  );
  return stream;
};

describe('the handshake', () => {
  it('opens with a good token in the header', async () => {
    const { open } = await world();
    const client = await open('erik');
    client.send({ ...SUBSCRIBE, from: 'now' });
    await client.next('caughtUp');
  });

  it('without a token and without a page is 401, with a bad one too', async () => {
    const { refused } = await world();
    const without = await refused({});
    expect([without.status, without.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect((await refused({ authorization: 'Bearer x' })).status).toBe(401);
  });

  it('without the permission is 403', async () => {
    const { refused, bearer } = await world();
    expect((await refused(await bearer('erik', 'viewer', { roles: [] }))).status).toBe(403);
  });

  it.each([
    ['another origin', 'http://evil.example', 403],
    ['an origin that begins like ours', 'http://127.0.0.1.evil.example', 403],
    ['the origin null', 'null', 403],
    ['two origins', ['http://127.0.0.1', 'http://evil.example'], 400],
  ])('from %s is refused before anything is opened, token or not', async (_what, origin, status) => {
    const { refused, bearer } = await world();
    expect((await refused({ origin })).status).toBe(status);
    expect((await refused({ origin, ...(await bearer('erik')) })).status).toBe(status);
  });

  it('with a token in the address is refused: 400', async () => {
    const { refused, page, token } = await world();
    expect((await refused(page, `?token=${await token('erik')}`)).status).toBe(400);
  });

  it('of a sixth socket of one caller is refused: 429, until one of the five is closed (F-H-10)', async () => {
    const { open, refused, bearer } = await world();
    const clients = await Promise.all(Array.from({ length: 5 }, () => open('erik')));
    const sixth = await refused(await bearer('erik'));
    expect([sixth.status, JSON.parse(sixth.body)]).toMatchObject([429, { code: 'too_many_connections' }]);
    await open('anna');
    clients[0]?.socket.close();
    await vi.waitFor(async () => open('erik'), WAIT);
  });
});

describe('the first frame', () => {
  it('opens the connection with a good token', async () => {
    const { openPage, token } = await world();
    const client = await openPage();
    client.send({ type: 'auth', token: await token('erik') });
    await client.next('authenticated');
    client.send({ ...SUBSCRIBE, from: 'now' });
    await client.next('caughtUp');
  });

  it('may be nothing else: nothing is subscribed to, and the third time it is closed', async () => {
    const { openPage } = await world();
    const client = await openPage();
    for (let count = 0; count < 3; count += 1) client.send(SUBSCRIBE);
    expect((await client.closed).code).toBe(1008);
    expect(new Set(client.types())).toEqual(new Set(['error']));
  });

  it.each<[string, number, (of: Awaited<ReturnType<typeof world>>) => Promise<string>]>([
    ['a bad token', 4401, () => Promise.resolve('x')],
    [
      'a token that has ended',
      4401,
      ({ token, clock }) => token('erik', 'admin', { exp: clock.now() / 1000 - 31 }),
    ],
    ['a token without the permission', 4403, ({ token }) => token('erik', 'viewer', { roles: [] })],
    ['more than 4 KiB', 1009, () => Promise.resolve('x'.repeat(4096))],
  ])('with %s closes it: %i', async (_what, code, make) => {
    const given = await world();
    const client = await given.openPage();
    client.send({ type: 'auth', token: await make(given) });
    expect((await client.closed).code).toBe(code);
  });

  it('is waited for no longer than 5 s: 4408', async () => {
    const { openPage, clock } = await world();
    const client = await openPage();
    await clock.advance(5000, atOnce);
    expect(await client.closed).toEqual({ code: 4408, reason: 'authentication_timeout' });
  });

  it('of a sixth socket closes it: 4429', async () => {
    const { open, openPage, token } = await world();
    await Promise.all(Array.from({ length: 5 }, () => open('erik')));
    const sixth = await openPage();
    sixth.send({ type: 'auth', token: await token('erik') });
    expect(await sixth.closed).toEqual({ code: 4429, reason: 'too_many_connections' });
  });
});

describe('a token that ends while the connection is open', () => {
  it('is asked for again, and 30 s later the connection is closed: 4401', async () => {
    const { open, clock } = await world();
    const client = await open('erik', 'auditor', { exp: clock.now() / 1000 + SHORT_S });
    await clock.advance(SHORT_S * 1000, atOnce);
    expect(await client.next('reauth')).toEqual({ type: 'reauth', withinSeconds: 30 });
    await clock.advance(29_999, atOnce);
    client.send({ ...SUBSCRIBE, from: 'now' });
    await client.next('caughtUp');
    await clock.advance(1, atOnce);
    expect(await client.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
  });

  it('goes on with a new one of the same subject, and only of that', async () => {
    const { open, clock, token } = await world();
    const short = { exp: clock.now() / 1000 + SHORT_S };
    const [client, other] = [await open('erik', 'auditor', short), await open('erik', 'auditor', short)];
    client.send({ ...SUBSCRIBE, from: 'now' });
    await client.next('caughtUp');
    await clock.advance(SHORT_S * 1000, atOnce);
    await client.next('reauth');
    client.send({ type: 'auth', token: await token('erik') });
    other.send({ type: 'auth', token: await token('anna') });
    await client.next('authenticated');
    expect((await other.closed).code).toBe(4401);
    await clock.advance(30_000, atOnce);
    client.send({ ...SUBSCRIBE, id: 'b', from: 'now' });
    await vi.waitFor(
      () => expect(client.types().filter((type) => type === 'caughtUp')).toHaveLength(2),
      WAIT,
    );
    expect(client.types()).not.toContain('error');
  });

  it('ends what the new one does not allow any more', async () => {
    const { open, token } = await world();
    const client = await open('erik', 'auditor');
    client.send({ ...SUBSCRIBE, from: 'now' });
    client.send({ type: 'subscribe', id: 'd', documents: { collection: 'sagas' } });
    await client.next('caughtUp');
    await client.next('snapshotEnd');
    client.send({ type: 'auth', token: await token('erik', 'service') });
    await client.next('authenticated');
    const errors = client.frames.filter(({ type }) => type === 'error');
    expect(errors).toMatchObject([{ id: 'a', code: 'forbidden' }]);
  });

  it('ends server-sent events', async () => {
    const { port, bearer, clock } = await world();
    const client = await streamClient(port, '?from=now', await bearer('erik'));
    await client.next('caughtUp');
    await clock.advance(HOUR, atOnce);
    expect(await client.closed).toBe(true);
    expect(client.types()).toEqual(['caughtUp', 'reauth']);
  });
});

describe('what a caller may follow', () => {
  const errorsOf = async (role: Role, frames: readonly object[]) => {
    const { open } = await world();
    const client = await open('trip-service', role);
    for (const [index, frame] of frames.entries())
      client.send({ type: 'subscribe', id: `s${index}`, ...frame });
    client.send({ type: 'unsubscribe', id: 'last' });
    await vi.waitFor(() => {
      expect(client.frames).toContainEqual(expect.objectContaining({ code: 'unknown_subscription' }));
    }, WAIT);
    return client.frames.flatMap((frame) =>
      frame.type === 'error' && frame.id !== 'last' ? [frame.code] : [],
    );
  };

  it('is what they may read: events and documents each need their permission', async () => {
    const frames = [
      { events: {} },
      { documents: { collection: 'sagas' } },
      { documents: { collection: 'x' } },
    ];
    expect(await errorsOf('viewer', frames)).toEqual(['forbidden', 'unknown_collection']);
    expect(await errorsOf('auditor', frames)).toEqual(['unknown_collection']);
    const ofService = [
      ...frames,
      ...['saga-timeline', 'dead-letters'].map((collection) => ({ documents: { collection } })),
    ];
    expect(await errorsOf('service', ofService)).toEqual(['unknown_collection', 'forbidden', 'forbidden']);
  });

  it('of a service are events of its own runs only', async () => {
    const { open, store } = await world();
    const theirs = await runOf(store, 'other-service');
    const ours = await runOf(store, 'trip-service');
    const client = await open('trip-service', 'service');
    client.send(SUBSCRIBE);
    await client.next('caughtUp');
    expect(client.events().map(({ event: { stream } }) => stream)).toEqual([ours]);
    client.send({ ...SUBSCRIBE, id: 'foreign', events: { stream: theirs } });
    client.send({ ...SUBSCRIBE, id: 'missing', events: { stream: 'saga-nowhere' } });
    client.send({ ...SUBSCRIBE, id: 'other', events: { stream: 'orchestration-tenant' } });
    await vi.waitFor(() => {
      expect(client.frames.filter(({ type }) => type === 'error')).toHaveLength(3);
    }, WAIT);
    const errors = client.frames.flatMap((frame) => (frame.type === 'error' ? [frame] : []));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['unknown_stream']));
    client.send({ ...SUBSCRIBE, id: 'own', events: { stream: ours } });
    await vi.waitFor(() => expect(client.events()).toHaveLength(2), WAIT);
  });

  it('of a service are documents that it owns, whatever it asks for', async () => {
    const asked: unknown[] = [];
    const documents: DocumentFeed = {
      ...NOTHING,
      subscribe: ({ where, ...rest }) => {
        asked.push(where);
        return NOTHING.subscribe({ where, ...rest });
      },
    };
    const { open } = await world(log.store, documents);
    const client = await open('trip-service', 'service');
    const theirs = { field: 'owner', op: 'eq', value: 'other-service' };
    client.send({ type: 'subscribe', id: 'd', documents: { collection: 'sagas', where: [theirs] } });
    await client.next('snapshotEnd');
    expect(asked).toEqual([[theirs, { field: 'owner', op: 'eq', value: 'trip-service' }]]);
  });

  it('is the same over server-sent events', async () => {
    const { app, bearer, store, port } = await world();
    const theirs = await runOf(store, 'other-service');
    const of = async (role: Role, query: string) => {
      const headers = { ...JSON_TYPE, ...(await bearer('trip-service', role)) };
      const answer = await app.inject({ url: `/api/v1/feed/sse?${query}`, headers });
      return [answer.statusCode, answer.json<{ code: string }>().code];
    };
    expect(await of('viewer', 'from=now')).toEqual([403, 'forbidden']);
    expect(await of('service', 'collection=saga-timeline')).toEqual([403, 'forbidden']);
    expect(await of('service', `stream=${theirs}`)).toEqual([404, 'unknown_stream']);
    expect(await of('service', 'stream=saga-nowhere')).toEqual([404, 'unknown_stream']);
    const ours = await runOf(store, 'trip-service');
    const client = await streamClient(port, '?from=start', await bearer('trip-service', 'service'));
    await client.next('caughtUp');
    const seen = client.events().map(({ event: { stream } }) => stream);
    expect(seen).toContain(ours);
    expect(seen).not.toContain(theirs);
  });
});
