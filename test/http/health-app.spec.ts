import { onTestFinished, describe, expect, it } from 'vitest';
import { systemIds } from '../../src/infra/clock/system.ts';
import { buildHealthApp } from '../../src/infra/http/health-app.ts';
import { createLogger } from '../../src/infra/telemetry/logger.ts';
import { listen, openRaw } from './raw-client.ts';

const appWith = (why: 'starting' | 'not_served_here', isReady: boolean) => {
  const app = buildHealthApp({
    logger: createLogger('silent'),
    ids: systemIds(),
    why,
    isReady: () => isReady,
  });
  onTestFinished(() => app.close());
  return app;
};

describe('a process that does not serve the API', () => {
  it('says that it lives, and whether it can work', async () => {
    const app = appWith('not_served_here', true);
    expect((await app.inject('/livez')).json()).toEqual({ status: 'UP' });
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    expect((await app.inject('/api/orchestration/health')).json()).toEqual({ status: 'UP' });
  });

  it('names the reason for everything else, whatever the method', async () => {
    const app = appWith('not_served_here', true);
    const answer = await app.inject({ method: 'POST', url: '/api/v1/tasks/poll', payload: { max: 1 } });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({ code: 'not_served_here' });
  });

  it('refuses whoever has no Host header, and serves probes that leave it empty', async () => {
    const port = await listen(appWith('not_served_here', true));
    const ask = (host: string): Promise<string> =>
      openRaw(port, `GET /livez HTTP/1.1\r\n${host}Connection: close\r\n\r\n`).all;
    expect(await ask('')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
    expect(await ask('Host:\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('a process that waits for its servers', () => {
  it('lives but is not ready', async () => {
    const app = appWith('starting', false);
    expect((await app.inject('/livez')).statusCode).toBe(200);
    const ready = await app.inject('/readyz');
    expect([ready.statusCode, ready.headers['retry-after']]).toEqual([503, '1']);
  });

  it('asks callers to come again', async () => {
    const answer = await appWith('starting', false).inject('/api/v1/sagas');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '1']);
    expect(answer.json()).toMatchObject({ code: 'starting' });
  });
});
