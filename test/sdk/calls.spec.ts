import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import type { ClientOptions } from '../../sdk/src/client.ts';
import { SkaldProblem, SkaldUnreachable } from '../../sdk/src/http/problem.ts';

type Seen = { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string };
type Reply = (response: ServerResponse) => void;

const answer =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
const cut: Reply = (response) => response.destroy();
const silent: Reply = () => undefined;
const done = answer(200, { status: 'SUCCESS', message: 'done', position: 'p' });
const busy = answer(503, { code: 'busy', detail: 'later', requestId: 'r-1' }, { 'retry-after': '0' });

/** A server that gives these answers, one after the other, the last one again and again. */
const serving = async (replies: readonly Reply[], options: Partial<ClientOptions> = {}) => {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      const { url = '', headers } = request;
      const reply = replies[Math.min(seen.length, replies.length - 1)];
      seen.push({ url, headers, body: Buffer.concat(pieces).toString() });
      reply?.(response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const retry = { leastMs: 1, mostMs: 5 };
  const url = `http://127.0.0.1:${address.port}`;
  return { seen, url, skald: client({ url, retry, ...options }) };
};

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const flowId = '01890000-0000-7000-8000-000000000000';
const keysIn = (seen: readonly Seen[]) => seen.map(({ headers }) => headers['idempotency-key']);

describe('a command', () => {
  it('carries an idempotency key of its own, the same on every attempt', async () => {
    const { skald, seen } = await serving([busy, cut, done]);
    await skald.runs.pause({ flowId });
    await skald.runs.pause({ flowId });
    const [first, second, third, other] = keysIn(seen);
    expect(seen).toHaveLength(4);
    expect(first).toMatch(UUID_7);
    expect([second, third]).toEqual([first, first]);
    expect(other).toMatch(UUID_7);
    expect(other).not.toBe(first);
  });

  it('carries the key it is given, and what else the options say', async () => {
    const { skald, seen } = await serving([done]);
    const options = {
      idempotencyKey: 'mine',
      correlationId: 'c-7',
      waitSeconds: 5,
      headers: { 'x-more': 'y' },
    };
    await skald.runs.start({ orchName: 'tenant', body: { a: 1 } }, options);
    expect(seen[0]).toMatchObject({
      url: '/api/orchestration/execute/tenant',
      body: '{"a":1}',
      headers: {
        'idempotency-key': 'mine',
        'x-correlation-id': 'c-7',
        prefer: 'wait=5',
        'x-more': 'y',
        'content-type': 'application/json',
      },
    });
  });

  it('sends bytes as they are', async () => {
    const { skald, seen } = await serving([done]);
    await skald.runs.start({ orchName: 'tenant', body: new TextEncoder().encode('raw') });
    expect(seen[0]).toMatchObject({ body: 'raw', headers: { 'content-type': 'application/octet-stream' } });
  });
});

describe('a call that failed in passing', () => {
  it('waits for as long as Retry-After says', async () => {
    const { skald, seen } = await serving([answer(429, { code: 'x' }, { 'retry-after': '1' }), done]);
    const before = performance.now();
    await skald.runs.pause({ flowId });
    expect(performance.now() - before).toBeGreaterThanOrEqual(1000);
    expect(seen).toHaveLength(2);
  });

  it('takes a date for an answer to when', async () => {
    const soon = new Date(Date.now() + 2000).toUTCString();
    const { skald } = await serving([answer(503, { code: 'busy' }, { 'retry-after': soon }), done]);
    const before = performance.now();
    await skald.runs.pause({ flowId });
    // Dates have whole seconds.
    expect(performance.now() - before).toBeGreaterThan(900);
  });

  it('is given up at once where the server asks for more time than there is', async () => {
    const { skald, seen } = await serving([answer(503, { code: 'busy' }, { 'retry-after': '60' })]);
    await expect(skald.runs.pause({ flowId })).rejects.toMatchObject({ code: 'busy', retryAfterMs: 60_000 });
    expect(seen).toHaveLength(1);
  });

  it('is given up after so many attempts', async () => {
    const { skald, seen } = await serving([busy], { retry: { attempts: 3, leastMs: 1, mostMs: 2 } });
    await expect(skald.runs.get({ flowId })).rejects.toThrow(SkaldProblem);
    expect(seen).toHaveLength(3);
  });

  it('is given up at its deadline, also where nothing is answered at all', async () => {
    const { skald } = await serving([silent]);
    await expect(skald.runs.get({ flowId }, { deadlineMs: 100 })).rejects.toThrow(SkaldUnreachable);
  });

  it('ends with its signal', async () => {
    const { skald } = await serving([silent]);
    const reason = new Error('enough');
    const stop = new AbortController();
    const call = skald.runs.get({ flowId }, { signal: stop.signal });
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('is not sent again without a key, unless it was turned away', async () => {
    const { skald, seen } = await serving([busy]);
    await expect(skald.projections.verify({ name: 'sagas' })).rejects.toMatchObject({ status: 503 });
    expect(seen).toHaveLength(1);
    expect(keysIn(seen)).toEqual([undefined]);
    const turned = await serving([answer(429, {}, { 'retry-after': '0' }), cut]);
    await expect(turned.skald.projections.verify({ name: 'sagas' })).rejects.toThrow(SkaldUnreachable);
    expect(turned.seen).toHaveLength(2);
  });

  it('is not sent again where it was refused for good', async () => {
    const flaw = { in: 'body', pointer: '/as', code: 'invalid', detail: 'no role' };
    const body = { code: 'invalid_input', detail: 'look', requestId: 'r-2', errors: [flaw, 7] };
    const { skald, seen } = await serving([answer(400, body)]);
    const refused: unknown = await skald.runs.pause({ flowId }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SkaldProblem);
    expect(refused).toMatchObject({
      status: 400,
      code: 'invalid_input',
      message: 'look',
      requestId: 'r-2',
      errors: [flaw],
    });
    expect(seen).toHaveLength(1);
  });

  it('says what it can of an answer that is no problem details', async () => {
    const page: Reply = (response) => response.writeHead(404).end('<html>');
    const { skald } = await serving([page]);
    await expect(skald.runs.get({ flowId })).rejects.toMatchObject({ code: 'http_404', body: '<html>' });
  });
});

describe('a token', () => {
  it('is asked for before each request, and again when one is refused', async () => {
    let made = 0;
    const tokenProvider = () => Promise.resolve(`t${(made += 1)}`);
    const unauthenticated = answer(401, { code: 'unauthenticated' });
    const { skald, seen } = await serving([done, unauthenticated, done, unauthenticated], { tokenProvider });
    await skald.runs.pause({ flowId });
    await skald.runs.pause({ flowId });
    await expect(skald.runs.pause({ flowId })).rejects.toMatchObject({ status: 401 });
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(
      [1, 2, 3, 4, 5].map((count) => `Bearer t${count}`),
    );
    const [, second, third] = keysIn(seen);
    expect(third).toBe(second);
  });

  it('does not follow a redirection to somebody else', async () => {
    const { url: elsewhere, seen: stolen } = await serving([done]);
    const away: Reply = (response) => response.writeHead(307, { location: elsewhere }).end();
    const { skald, seen } = await serving([away], { token: 'secret', retry: { attempts: 1 } });
    await expect(skald.runs.get({ flowId })).rejects.toThrow(SkaldUnreachable);
    expect(seen[0]?.headers.authorization).toBe('Bearer secret');
    expect(stolen).toEqual([]);
  });
});

describe('an address', () => {
  it('has what is in the path encoded, and the rest as its query', async () => {
    const { skald, seen } = await serving([done]);
    await skald.projections.unblock({ name: 'sagas', id: 'a/b c' });
    await skald.runs.list({ status: 'FAILED', limit: 5, orchName: undefined });
    expect(seen.map(({ url }) => url)).toEqual([
      '/api/v1/projections/sagas/documents/a%2Fb%20c/unblock',
      '/api/v1/sagas?status=FAILED&limit=5',
    ]);
  });

  it('may not miss a part', async () => {
    const { skald } = await serving([done]);
    await expect(skald.runs.get({ flowId: '' })).rejects.toThrow('flowId is missing');
  });
});
