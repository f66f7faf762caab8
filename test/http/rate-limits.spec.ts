// What a caller may ask for within a minute, where the settings say so.
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/infra/clock/system.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import type { RateLimits } from '../../src/infra/http/rate-limits.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { manualClock } from '../support/manual-clock.ts';
import { addressOf, headersFor, jwtAuth, routesOf } from './auth-edge.ts';
import { done, edge, FLOW } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const START = '/api/orchestration/execute/tenant';
const RUN = `/api/v1/sagas/${FLOW}`;
const NOW = 1_700_000_000_000;

const limited = async (rateLimits: RateLimits, deps: Partial<AppDeps> = {}) => {
  const clock = manualClock(NOW);
  const app = await edge(
    {
      startSaga: () => Promise.resolve(done({ flowId: FLOW })),
      getSaga: () => Promise.resolve(undefined),
      pollTasks: () => Promise.resolve([]),
    },
    {
      rateLimits,
      feed: {
        feed: {
          connect: () => ({ receive: () => undefined, drained: () => undefined, end: () => undefined }),
          stream: () => Promise.resolve({ kind: 'refused', code: 'forbidden', detail: 'not here' }),
        },
        clock,
        random: systemRandom(),
      },
      ...deps,
    },
  );
  const start = (headers: Record<string, string> = {}) => app.inject({ method: 'POST', url: START, headers });
  const startAs = async (subject: string, role: Role = 'operator') =>
    start(await headersFor(subject, [role]));
  return { app, clock, start, startAs };
};

const statuses = (answers: readonly { readonly statusCode: number }[]) =>
  answers.map(({ statusCode }) => statusCode);

const times = async <Answer>(count: number, call: () => Promise<Answer>): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  for (let sent = 0; sent < count; sent += 1) answers.push(await call());
  return answers;
};

const ratesOf = ({ headers }: Awaited<ReturnType<FastifyInstance['inject']>>) =>
  ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after'].map(
    (name) => headers[name],
  );

describe('a limit of 3 commands a minute', () => {
  it('answers the fourth with 429, how long to wait, and which limit it was', async () => {
    const { start } = await limited({ commands: 3 });
    const answers = await times(4, start);
    expect(statuses(answers)).toEqual([200, 200, 200, 429]);
    const seconds = NOW / 1000;
    expect(answers.map(ratesOf)).toEqual([
      ['3', '2', String(seconds + 20), undefined],
      ['3', '1', String(seconds + 40), undefined],
      ['3', '0', String(seconds + 60), undefined],
      ['3', '0', String(seconds + 60), '21'],
    ]);
    expect(answers[3]?.json()).toMatchObject({ code: 'rate_limited', status: 429, group: 'commands' });
  });

  it('allows the next one after the time it said', async () => {
    const { clock, start } = await limited({ commands: 3 });
    await times(4, start);
    await clock.advance(21_000, () => Promise.resolve());
    expect(statuses(await times(2, start))).toEqual([200, 429]);
  });

  it('says what is left beside a refusal too', async () => {
    const { start } = await limited({ commands: 3 });
    const answer = await start({ 'idempotency-key': 'ü' });
    expect([answer.statusCode, answer.headers['x-ratelimit-remaining']]).toEqual([400, '2']);
  });

  it('is not widened by what a header says of the address', async () => {
    const { start } = await limited({ commands: 3 });
    let spoofed = 0;
    const answers = await times(4, () => {
      spoofed += 1;
      const address = `203.0.113.${spoofed}`;
      return start({ 'x-forwarded-for': address, 'x-real-ip': address, forwarded: `for=${address}` });
    });
    expect(statuses(answers)).toEqual([200, 200, 200, 429]);
  });

  it('leaves queries, workers and health alone, and names no limit there', async () => {
    const { app, start } = await limited({ commands: 3 });
    await times(4, start);
    const others = [await app.inject(RUN), await app.inject('/livez'), await app.inject('/metrics')];
    const poll = await app.inject({ method: 'POST', url: '/api/v1/tasks/poll', payload: { service: 'a' } });
    expect(statuses([...others, poll])).toEqual([404, 200, 404, 200]);
    expect([...others, poll].map(ratesOf)).toEqual(Array(4).fill(Array(4).fill(undefined)));
  });

  it("is one caller's own, whatever address the caller comes from", async () => {
    const { startAs } = await limited({ commands: 3 }, { auth: jwtAuth() });
    expect(statuses(await times(4, () => startAs('erik')))).toEqual([200, 200, 200, 429]);
    expect((await startAs('anna')).statusCode).toBe(200);
  });

  it('is not used up by those whom nobody knows', async () => {
    const { start, startAs } = await limited({ commands: 3 }, { auth: jwtAuth() });
    expect(statuses(await times(4, start))).toEqual([401, 401, 401, 401]);
    expect((await startAs('erik')).statusCode).toBe(200);
  });
});

describe('a limit on connections', () => {
  const HANDSHAKE = [
    'GET /api/v1/feed HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol: skald.feed.v1',
  ];

  it('counts attempts of sockets and of event streams, and refuses before anything is opened', async () => {
    const { app } = await limited({ connections: 3 });
    const port = await listen(app);
    const shake = () => openRaw(port, `${HANDSHAKE.join('\r\n')}\r\n\r\n`).until(/^HTTP\/1\.1 (\d{3}) /);
    expect(await shake()).toMatch(/ 101 /);
    expect((await app.inject('/api/v1/feed/sse')).statusCode).toBe(403);
    expect((await app.inject('/api/v1/workers/stream')).statusCode).toBe(426);
    expect(await shake()).toMatch(/ 429 /);
  });
});

describe('limits', () => {
  it('cover every route but those of health, metrics and the description', async () => {
    const all = { commands: 1, queries: 1, work: 1, connections: 1, exports: 1 };
    const app = await edge({}, { rateLimits: all });
    const free: string[] = [];
    for (const { method, url } of routesOf(app)) {
      const { headers } = await app.inject({ method: method as 'GET', url: `${addressOf(url)}?nope=1` });
      if (headers['x-ratelimit-limit'] === undefined) free.push(url);
    }
    expect(free.sort()).toEqual([
      '/actuator/health',
      '/actuator/health/liveness',
      '/actuator/health/readiness',
      '/actuator/info',
      '/actuator/prometheus',
      '/api/orchestration/health',
      '/api/v1/event-types',
      '/api/v1/event-types/:type/schemas/:version',
      '/asyncapi.json',
      '/livez',
      '/metrics',
      '/openapi.json',
      '/readyz',
    ]);
  });

  it('count each group for itself', async () => {
    const { app } = await limited({ queries: 2, exports: 1 });
    const exports = () => app.inject('/api/v1/schemas');
    expect(statuses(await times(2, exports))).toEqual([200, 429]);
    expect(statuses(await times(3, () => app.inject(RUN)))).toEqual([404, 404, 429]);
  });

  it('count a HEAD as what it would have read', async () => {
    const { app, start } = await limited({ queries: 2, commands: 1 });
    const head = () => app.inject({ method: 'HEAD', url: RUN });
    expect(statuses([await app.inject(RUN), await head(), await head()])).toEqual([404, 404, 429]);
    expect((await start()).statusCode).toBe(200);
  });
});
