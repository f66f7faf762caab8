import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { systemClock, systemRandom } from '../../src/infra/clock/system.ts';
import type { Clock } from '../../src/infra/clock/port.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { CLOSE_CODES } from '../../src/infra/http/socket/close-codes.ts';
import { serverFrame, WORKER_GRAMMAR } from '../../src/infra/http/worker-stream/frames.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { refusedHandshake } from '../support/feed-clients.ts';
import { atOnce } from '../support/feeds.ts';
import { manualClock } from '../support/manual-clock.ts';
import { claimsFor } from '../support/tokens.ts';
import { streamUrl } from '../support/worker-answers.ts';
import { workerClient } from '../support/worker-clients.ts';
import { answerTo, LEASE_MS, onTask, taskAt, workerCore } from '../support/worker-sessions.ts';
import { jwtAuth, KEY } from './auth-edge.ts';
import { edge } from './edge.ts';
import { listen } from './raw-client.ts';

const WAIT = { timeout: 10_000, interval: 2 };
const HANDSHAKE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'skald.worker.v1',
};
const notServed = () => {
  throw new Error('a feed was not expected');
};

type Given = {
  readonly clock?: Clock;
  readonly handlers?: Partial<Handlers>;
  readonly deps?: Partial<AppDeps>;
};

/** A server on a loopback port whose core is a test's. */
const server = async ({ clock = systemClock(), handlers = {}, deps = {} }: Given = {}) => {
  const core = workerCore(clock.now);
  const feed = { feed: { connect: notServed, stream: notServed }, clock, random: systemRandom() };
  const app = await edge({ ...core.handlers, ...handlers }, { feed, ...deps });
  return { app, core, clock, port: await listen(app) };
};

/** The same with tokens, and a clock that a test moves. */
const guarded = async () => {
  const clock = manualClock();
  const found = await server({ clock, deps: { auth: jwtAuth(clock) } });
  const token = (subject: string, role: Role = 'service', claims: object = {}) =>
    KEY.sign(claimsFor(subject, [role], { nowMs: clock.now(), ...claims }));
  const headers = async (subject: string, role?: Role, claims?: object) => ({
    authorization: `Bearer ${await token(subject, role, claims)}`,
  });
  const { port } = found;
  return {
    ...{ ...found, clock, token, headers },
    open: async (subject: string, role?: Role, claims?: object) =>
      workerClient(port, { headers: await headers(subject, role, claims) }),
    openPage: () => workerClient(port, { headers: { origin: `http://127.0.0.1:${port}` } }),
    refused: (given: Record<string, string>) =>
      refusedHandshake(streamUrl(port).replace('ws:', 'http:'), { ...HANDSHAKE, ...given }),
  };
};

describe('GET /api/v1/workers/stream', () => {
  it('carries tasks out, answers and heartbeats in', async () => {
    const { core, clock, port } = await server();
    const client = await workerClient(port);
    expect(client.socket.protocol).toBe('skald.worker.v1');
    client.hello('billing', 100);
    expect(await client.until('welcome')).toEqual([
      { type: 'welcome', leaseMs: LEASE_MS, service: 'billing' },
    ]);
    const offered = Array.from({ length: 80 }, (_, n) => taskAt(clock.now(), n));
    core.offer(...offered);
    expect(await client.untilTasks(80)).toEqual(offered);
    client.send({ type: 'heartbeats', id: 'h', beats: [onTask(1), onTask(2)] });
    expect((await client.until('heard'))[0]).toMatchObject({ id: 'h', beats: [{ outcome: 'extended' }, {}] });
    client.send({ type: 'answers', id: 'a', answers: offered.map((_, n) => answerTo(n)) });
    const [answered] = await client.until('answered');
    expect(answered?.id).toBe('a');
    expect(answered?.answers).toHaveLength(80);
    client.send({ type: 'drain' });
    await client.until('drained');
  });

  it('abandons what a worker holds whose connection is cut', async () => {
    const { core, clock, port } = await server();
    const client = await workerClient(port);
    client.hello('billing', 10);
    core.offer(taskAt(clock.now(), 1), taskAt(clock.now(), 2));
    await client.untilTasks(2);
    client.socket.terminate();
    await vi.waitFor(() => expect(core.abandoned).toHaveLength(2), WAIT);
  });

  it('abandons what a worker holds that leaves a ping unanswered', async () => {
    const clock = manualClock();
    const { core, port } = await server({ clock });
    const client = await workerClient(port, { autoPong: false });
    client.hello('billing', 10);
    core.offer(taskAt(clock.now() + 60_000, 1));
    await client.untilTasks(1);
    await clock.advance(50_000, atOnce);
    expect((await client.closed).code).toBe(1006);
    await vi.waitFor(() => expect(core.abandoned).toHaveLength(1), WAIT);
  });

  it('takes a message of 1 MiB', async () => {
    const seen: number[] = [];
    const { port } = await server({
      handlers: {
        answerTasks: (answers) => {
          seen.push(...answers.map(({ payload }) => payload?.length ?? 0));
          return Promise.resolve([]);
        },
      },
    });
    const client = await workerClient(port);
    client.hello('billing', 0);
    const payload = 'A'.repeat(349_000);
    const answers = [1, 2, 3].map((n) => ({ ...answerTo(n), payload }));
    const text = JSON.stringify({ type: 'answers', id: 'a', answers });
    client.send(text + ' '.repeat(1024 * 1024 - text.length));
    await client.until('answered');
    expect(seen).toEqual([349_000, 349_000, 349_000]);
  });

  it('sends no tasks while 256 KiB wait for the worker, and goes on when it reads', async () => {
    const { core, clock, port } = await server();
    const client = await workerClient(port);
    client.hello('billing', 1000);
    await client.until('welcome');
    client.socket.pause();
    const payload = 'A'.repeat(300_000);
    let offered = 0;
    // Until what lies between the two is full as well.
    await vi.waitFor(async () => {
      offered += 1;
      core.offer(taskAt(clock.now(), offered, { payload }));
      await nextTurn();
      expect(core.onOffer()).toBeGreaterThan(0);
    }, WAIT);
    client.socket.resume();
    await client.untilTasks(offered);
    expect(core.onOffer()).toBe(0);
  });
});

describe('what closes the connection of a worker', () => {
  const times = (count: number, act: () => void): void => {
    for (let turn = 0; turn < count; turn += 1) act();
  };

  it.each<[string, number, (client: Awaited<ReturnType<typeof workerClient>>) => void]>([
    ['a binary message', 1003, ({ socket }) => socket.send(Buffer.from('{}'))],
    ['three unknown messages', 1008, ({ send }) => times(3, () => send({ type: 'subscribe' }))],
    ['three messages with __proto__', 1008, ({ send }) => times(3, () => send('{"__proto__":{}}'))],
    ['a message of 1 MiB and a byte', 1009, ({ send }) => send('x'.repeat(1024 * 1024 + 1))],
    ['65 fragments', 1008, ({ socket }) => times(66, () => socket.send('x', { fin: false }))],
  ])('is %s: %i', async (_what, code, act) => {
    const { port } = await server({ clock: manualClock() });
    const client = await workerClient(port);
    act(client);
    expect((await client.closed).code).toBe(code);
  });

  it('is a minute in which it reads nothing: what it holds is abandoned', async () => {
    const clock = manualClock();
    const { core, port } = await server({ clock });
    const client = await workerClient(port);
    client.hello('billing', 1000);
    await client.until('welcome');
    client.socket.pause();
    const payload = 'A'.repeat(300_000);
    let offered = 0;
    await vi.waitFor(async () => {
      offered += 1;
      core.offer(taskAt(clock.now() + 120_000, offered, { payload }));
      await nextTurn();
      expect(core.onOffer()).toBeGreaterThan(0);
    }, WAIT);
    await clock.advance(65_000, atOnce);
    await vi.waitFor(() => expect(core.abandoned).toHaveLength(offered - core.onOffer()), WAIT);
  });

  it('is a server that goes away: it says so first, and is gone within 3 s', async () => {
    const { app, core, clock, port } = await server();
    const [busy, idle] = [await workerClient(port), await workerClient(port)];
    busy.hello('billing', 10);
    core.offer(taskAt(clock.now(), 1));
    await busy.untilTasks(1);
    idle.hello('orders', 10);
    await idle.until('welcome');
    const start = performance.now();
    const closing = app.close();
    await busy.until('draining');
    expect(await idle.closed).toEqual({ code: 1001, reason: 'draining' });
    busy.send({ type: 'answers', id: 'last', answers: [answerTo(1)] });
    await busy.until('answered');
    expect(await busy.closed).toEqual({ code: 1001, reason: 'draining' });
    await closing;
    expect(performance.now() - start).toBeLessThan(3000);
    expect(core.abandoned).toEqual([]);
  });
});

describe('the handshake of a worker', () => {
  it.each<[string, Record<string, string>, number, string]>([
    ['no upgrade', { upgrade: '', connection: '' }, 426, 'upgrade_required'],
    ['an old version', { 'sec-websocket-version': '8' }, 426, 'upgrade_required'],
    ['a short key', { 'sec-websocket-key': 'AAAA' }, 400, 'invalid_header'],
    ['the sub-protocol of feeds', { 'sec-websocket-protocol': 'skald.feed.v1' }, 400, 'invalid_header'],
    ['a foreign origin', { origin: 'https://example.com' }, 403, 'forbidden_origin'],
  ])('with %s is answered before anything is opened', async (_what, headers, status, code) => {
    const { port } = await server();
    const answer = await refusedHandshake(streamUrl(port).replace('ws:', 'http:'), {
      ...HANDSHAKE,
      ...headers,
    });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ code, status });
  });

  it('needs a token where authentication is on, and the permission to work', async () => {
    const { refused, headers, open, openPage } = await guarded();
    expect((await refused({})).status).toBe(401);
    expect((await refused(await headers('erik', 'viewer'))).status).toBe(403);
    expect((await refused({ origin: 'http://evil.example' })).status).toBe(403);
    const client = await open('billing');
    client.hello('billing', 1);
    await client.until('welcome');
    expect((await openPage()).socket.readyState).toBe(client.socket.OPEN);
  });

  it('of a 101st connection of one service is refused: 429', async () => {
    const { open, refused, headers } = await guarded();
    for (let count = 0; count < 100; count += 1) await open('billing');
    const refusal = await refused(await headers('billing'));
    expect([refusal.status, JSON.parse(refusal.body)]).toMatchObject([429, { code: 'too_many_connections' }]);
    await open('orders');
  });
});

describe('the token of a worker', () => {
  it('allows work under its own name only: 4403', async () => {
    const { open, core } = await guarded();
    const client = await open('billing');
    client.hello('orders', 10);
    expect(await client.closed).toEqual({ code: 4403, reason: 'forbidden' });
    expect(client.frames).toMatchObject([{ type: 'error', code: 'forbidden' }]);
    expect(core.asked).toEqual([]);
    const admin = await open('erik', 'admin');
    admin.hello('orders', 10);
    await admin.until('welcome');
  });

  it('may come in the first frame from a page of this server', async () => {
    const { openPage, token } = await guarded();
    const client = await openPage();
    client.send({ type: 'auth', token: await token('billing') });
    await client.until('authenticated');
    client.hello('billing', 1);
    await client.until('welcome');
    const late = await openPage();
    late.send({ type: 'auth', token: 'x' });
    expect((await late.closed).code).toBe(4401);
  });

  it('is waited for no longer than 5 s, and may not be another frame: 4408, 1008', async () => {
    const { openPage, clock } = await guarded();
    const [silent, early] = [await openPage(), await openPage()];
    for (let count = 0; count < 3; count += 1) early.hello('billing', 1);
    expect((await early.closed).code).toBe(1008);
    await clock.advance(5000, atOnce);
    expect((await silent.closed).code).toBe(4408);
  });

  it('is asked for again when it ends; who has none is cut off, and what it holds abandoned', async () => {
    const { open, clock, core, token } = await guarded();
    const exp = clock.now() / 1000 + 10;
    const [kept, lost] = [
      await open('billing', 'service', { exp }),
      await open('orders', 'service', { exp }),
    ];
    kept.hello('billing', 1);
    await kept.until('welcome');
    lost.hello('orders', 1);
    await lost.until('welcome');
    core.offer(taskAt(clock.now() + 60_000, 1), taskAt(clock.now() + 60_000, 2));
    await Promise.all([kept.untilTasks(1), lost.untilTasks(1)]);
    await clock.advance(10_000, atOnce);
    await Promise.all([kept.until('reauth'), lost.until('reauth')]);
    kept.send({ type: 'auth', token: await token('billing') });
    await kept.until('authenticated');
    await clock.advance(30_000, atOnce);
    expect(await lost.closed).toEqual({ code: 4401, reason: 'unauthenticated' });
    await vi.waitFor(() => expect(core.abandoned).toHaveLength(1), WAIT);
    expect(core.abandoned[0]?.flowId).toBe(lost.tasks()[0]?.flowId);
  });
});

describe('docs/workers.md', () => {
  it('lists every frame of both sides, and every reason to be closed', () => {
    const page = readFileSync(new URL('../../docs/workers.md', import.meta.url), 'utf8');
    const [fromWorker = '', fromServer = ''] = page.split('### From the server');
    const sent = [...fromWorker.matchAll(/^\{ "type": "(\w+)"/gm)].map(([, type]) => type);
    expect(sent.join(', ')).toBe(WORKER_GRAMMAR.types.replace(' or ', ', '));
    const received = serverFrame.options.map(({ shape: { type } }) => type.value);
    const table = fromServer.split('Error codes:')[0] ?? '';
    const listed = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, type]) => type);
    expect(listed.toSorted()).toEqual(received.toSorted());
    const closes = page.split('### Close codes')[1] ?? '';
    const reasons = [...closes.matchAll(/^\| (\d+) \| `(\w+)`/gm)].map(([, code, reason]) => [
      reason,
      Number(code),
    ]);
    // Nothing ends by itself here, as feeds over server-sent events do.
    expect({ ended: 1000, ...Object.fromEntries(reasons) }).toEqual(CLOSE_CODES);
  });
});
