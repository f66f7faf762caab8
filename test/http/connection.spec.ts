import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pause } from '../../src/infra/clock/port.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import { TIMEOUTS } from '../../src/infra/http/server-options.ts';
import { done, edge, FLOW, JSON_TYPE } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const post = (headers: string, body = '') =>
  `POST /api/orchestration/execute/tenant HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n${body}`;
const STARTING = { startSaga: () => Promise.resolve(done({ flowId: FLOW })) };
const QUICK = { ...TIMEOUTS, requestMs: 200, checkEveryMs: 50 };

describe('what is not quite HTTP', () => {
  it.each([
    ['both lengths', post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
    ['two lengths', post('Content-Length: 4\r\nContent-Length: 5\r\n', 'abcde')],
    [
      'an unknown transfer encoding',
      post('Content-Type: application/octet-stream\r\nTransfer-Encoding: xchunked\r\n', '0\r\n\r\n'),
    ],
    ['line ends without CR', 'GET /livez HTTP/1.1\nHost: localhost\n\n'],
    ['a header with NUL', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n'],
    ['no host', 'GET /livez HTTP/1.1\r\n\r\n'],
    ['no host at an address there is not', 'GET /nowhere HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nhost: localhost\r\n\r\n'],
    ['what is no host', 'GET /livez HTTP/1.1\r\nHost: localhost/a\r\n\r\n'],
    ['a host with a user', 'GET /livez HTTP/1.1\r\nHost: x@localhost\r\n\r\n'],
    ['a target of another host', 'GET http://other/livez HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['a target of somebody', 'GET http://a@localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    [
      'a handshake without a host',
      'GET /api/v1/feed HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n',
    ],
    [
      'a chunk extension of 20 KiB',
      post(
        'Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n',
        `1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
      ),
    ],
    ['noise', '\x16\x03\x01\x02\x00'],
  ])('answers %s with 400 and closes', async (_what, bytes) => {
    const app = await edge(STARTING);
    const answer = await openRaw(await listen(app), bytes).all;
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(answer).toContain('application/problem+json');
    expect(answer).toContain('"code":"invalid_request"');
  });

  it('describes it as a problem, with the security headers', async () => {
    const app = await edge();
    const answer = await openRaw(await listen(app), 'nonsense\r\n\r\n').all;
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain('x-content-type-options: nosniff');
    const body = z
      .looseObject({ requestId: z.string() })
      .parse(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))));
    expect(body).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(answer).toContain(`x-correlation-id: ${body.requestId}\r\n`);
  });

  it('answers headers beyond 16 KiB with 431', async () => {
    const app = await edge();
    const answer = await openRaw(
      await listen(app),
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`,
    ).all;
    expect(answer).toMatch(/^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/);
  });

  it.each([
    ['/./livez', 404],
    ['/%2e%2e/livez', 404],
    ['/api/../livez', 404],
    ['/livez#x', 400],
  ])('does not tidy up the path %s', async (path, status) => {
    const app = await edge();
    const answer = await openRaw(
      await listen(app),
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    ).all;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it.each(['localhost', 'localhost:80', '[::1]', '127.0.0.1:'])('serves who names %s', async (host) => {
    const app = await edge();
    const port = await listen(app);
    for (const target of ['/livez', `http://${host.toUpperCase()}/livez`]) {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect(await openRaw(port, bytes).all).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it.each(['1.0\r\n', '1.0\r\nHost: \r\n', '1.1\r\nHost: \r\nConnection: close\r\n'])(
    'serves nobody without authentication who names no host: HTTP/%j',
    async (rest) => {
      const app = await edge();
      const answer = await openRaw(await listen(app), `GET /livez HTTP/${rest}\r\n`).all;
      expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    },
  );
});

describe('a body that is announced first', () => {
  it('is asked for when it fits', async () => {
    const app = await edge(STARTING);
    const headers =
      'Content-Type: application/octet-stream\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n';
    const connection = openRaw(await listen(app), post(headers));
    await connection.until(/100 Continue/);
    connection.socket.write('hi');
    expect(await connection.all).toMatch(/200 OK/);
  });

  it('is refused before it is sent when it does not fit', async () => {
    const app = await edge();
    const headers =
      'Content-Type: application/octet-stream\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n';
    const connection = openRaw(await listen(app), post(headers));
    const answer = await connection.until(/payload_too_large/);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
  });

  it('is refused with any other expectation', async () => {
    const app = await edge();
    const connection = openRaw(
      await listen(app),
      post('Content-Length: 2\r\nExpect: miracles\r\nConnection: close\r\n'),
    );
    expect(await connection.until(/expectation_failed/)).toMatch(/^HTTP\/1\.1 417 /);
  });
});

describe('a body of unknown length', () => {
  it('is cut off at the limit', async () => {
    const app = await edge();
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const headers = 'Content-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n';
    const connection = openRaw(await listen(app), post(headers, chunk.repeat(5)));
    expect(await connection.until(/payload_too_large/)).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('slow callers (F-H-03)', () => {
  it.each([
    ['headers', 'GET /livez HTTP/1.1\r\nHost: local'],
    ['a body', post('Content-Type: application/octet-stream\r\nContent-Length: 10\r\n', 'abc')],
  ])('who never finish %s get 408, while others are served', async (_what, bytes) => {
    const app = await edge({}, { timeouts: QUICK });
    const port = await listen(app);
    const slow = openRaw(port, bytes);
    const quick = openRaw(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await quick.all).toMatch(/^HTTP\/1\.1 200 /);
    expect(await slow.all).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
  });
});

describe('a handler that does not come back', () => {
  it('is answered for with 503', async () => {
    const app = await edge(
      { startSaga: () => new Promise(() => undefined) },
      { timeouts: { ...TIMEOUTS, handlerMs: 50 } },
    );
    const response = await app.inject({ method: 'POST', url: `/api/orchestration/undo/${FLOW}` });
    expect(response.statusCode).toBe(500);
    const stuck = await edge(
      { undoSaga: () => new Promise(() => undefined) },
      { timeouts: { ...TIMEOUTS, handlerMs: 50 } },
    );
    const late = await stuck.inject({ method: 'POST', url: `/api/orchestration/undo/${FLOW}` });
    expect([late.statusCode, late.headers['retry-after'], late.json<{ code: string }>().code]).toEqual([
      503,
      '1',
      'handler_timeout',
    ]);
  });
});

describe('a handler that may take longer than a connection may be silent', () => {
  it('is waited for', async () => {
    const timeouts = { ...TIMEOUTS, connectionMs: 200 };
    const redriveLetters = async () => {
      await pause(systemClock(), 3 * timeouts.connectionMs);
      return done({ redriveId: FLOW, selected: 0, skipped: {} });
    };
    const app = await edge({ redriveLetters }, { timeouts });
    const address = `http://127.0.0.1:${String(await listen(app))}/api/v1/dead-letters/redrive`;
    const body = JSON.stringify({ ids: [FLOW] });
    const response = await fetch(address, { method: 'POST', headers: JSON_TYPE, body });
    expect(response.status).toBe(200);
  });
});

describe('shutting down', () => {
  it('finishes what is under way and refuses what comes after', async () => {
    const started = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    const draining = Promise.withResolvers<undefined>();
    const app = await edge({
      startSaga: async () => {
        started.resolve(undefined);
        await finish.promise;
        return done({ flowId: FLOW });
      },
    });
    app.addHook('preClose', () => {
      draining.resolve(undefined);
      return Promise.resolve();
    });
    const port = await listen(app);
    const underWay = openRaw(port, post(''));
    const halfSent = openRaw(port, post('').slice(0, 40));
    await started.promise;
    const closed = app.close();
    await draining.promise;
    halfSent.socket.write(post('').slice(40));
    expect(await halfSent.all).toMatch(/^HTTP\/1\.1 503 [^]*"code":"shutting_down"/);
    finish.resolve(undefined);
    expect(await underWay.all).toMatch(/^HTTP\/1\.1 200 OK/);
    await closed;
  });
});
