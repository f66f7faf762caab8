import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/infra/http/bearer.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { buildHealthApp } from '../../src/infra/http/health-app.ts';
import { createLogger } from '../../src/infra/telemetry/logger.ts';
import { guardedEdge, headersFor } from './auth-edge.ts';
import { edge } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const HEALTH = '/actuator/health';
const READINESS = `${HEALTH}/readiness`;
const LIVENESS = `${HEALTH}/liveness`;
const GROUPS = ['liveness', 'readiness'];
type App = Awaited<ReturnType<typeof edge>>;

const asked = async (app: App, url: string, headers: Record<string, string> = {}) => {
  const { statusCode, body, headers: answered } = await app.inject({ url, headers });
  return { status: statusCode, body: JSON.parse(body) as unknown, retryAfter: answered['retry-after'] };
};

/** Answers once the server was told to close, before it has closed. */
const whileClosing = async (app: App, urls: readonly string[]): Promise<readonly string[]> => {
  const answers: string[] = [];
  let port = 0;
  app.addHook('preClose', async () => {
    for (const url of urls)
      answers.push(await openRaw(port, `GET ${url} HTTP/1.1\r\nHost: localhost\r\n\r\n`).all);
  });
  port = await listen(app);
  await app.close();
  return answers;
};

describe('health, as an actuator tells it', () => {
  it('is UP where the process can work', async () => {
    const app = await guardedEdge();
    expect(await asked(app, HEALTH)).toMatchObject({ status: 200, body: { status: 'UP', groups: GROUPS } });
    for (const url of [READINESS, LIVENESS])
      expect(await asked(app, url)).toMatchObject({ status: 200, body: { status: 'UP' } });
  });

  it('is DOWN, with 503, while it cannot; it lives all the same', async () => {
    const app = await guardedEdge({ isReady: () => false });
    const down = { status: 503, body: { status: 'DOWN' }, retryAfter: '1' };
    expect(await asked(app, READINESS)).toEqual(down);
    expect(await asked(app, HEALTH)).toEqual({ ...down, body: { status: 'DOWN', groups: GROUPS } });
    expect(await asked(app, LIVENESS)).toMatchObject({ status: 200, body: { status: 'UP' } });
  });

  it('is OUT_OF_SERVICE, with 503, while it shuts down', async () => {
    const app = await edge();
    const [readiness, liveness] = await whileClosing(app, [READINESS, LIVENESS]);
    expect(readiness).toMatch(/^HTTP\/1\.1 503 [^]*\r\n\r\n\{"status":"OUT_OF_SERVICE"\}$/);
    expect(liveness).toMatch(/^HTTP\/1\.1 200 [^]*\r\n\r\n\{"status":"UP"\}$/);
  });

  it('comes with what this is, for everybody', async () => {
    const app = await guardedEdge();
    const body = { name: 'skald', version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown };
    expect(await asked(app, '/actuator/info')).toMatchObject({ status: 200, body });
  });

  it('is told by processes that serve nothing else, too', async () => {
    const app = buildHealthApp({
      logger: createLogger('silent'),
      ids: systemIds(),
      why: 'not_served_here',
      isReady: () => true,
    });
    expect((await app.inject({ url: HEALTH })).json()).toEqual({ status: 'UP', groups: GROUPS });
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
    await app.close();
  });
});

describe('what it consists of', () => {
  const COMPONENTS = {
    core: { status: 'UP' },
    livenessState: { status: 'UP' },
    readinessState: { status: 'UP' },
  };

  it('is told to whoever may read metrics, and to nobody else', async () => {
    const app = await guardedEdge();
    const seen = async (headers: Record<string, string>) => (await asked(app, HEALTH, headers)).body;
    expect(await seen(await headersFor('erik', ['viewer']))).toEqual({
      ...{ status: 'UP', groups: GROUPS },
      components: COMPONENTS,
    });
    const plain = { status: 'UP', groups: GROUPS };
    expect(await seen({})).toEqual(plain);
    expect(await seen(await headersFor('trip-service', ['service']))).toEqual(plain);
    expect(await seen({ authorization: 'Bearer nonsense' })).toEqual(plain);
  });

  it('says what is wrong', async () => {
    const app = await edge({ isReady: () => false });
    expect((await asked(app, HEALTH)).body).toMatchObject({
      status: 'DOWN',
      components: { core: { status: 'DOWN' }, readinessState: { status: 'OUT_OF_SERVICE' } },
    });
  });

  it('is kept back, and health answered, while nobody can check tokens', async () => {
    const app = await edge({}, { auth: bearer({ verify: () => Promise.resolve({ kind: 'unavailable' }) }) });
    const { status, body } = await asked(app, HEALTH, await headersFor('erik', ['viewer']));
    expect([status, body]).toEqual([200, { status: 'UP', groups: GROUPS }]);
  });
});
