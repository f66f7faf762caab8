import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { systemIds } from '../../src/infra/clock/system.ts';
import { closeApp, closeApps } from '../../src/infra/http/close-app.ts';
import { buildHealthApp } from '../../src/infra/http/health-app.ts';
import { createLogger } from '../../src/infra/telemetry/logger.ts';
import { manualClock } from '../support/manual-clock.ts';

const PATIENCE_MS = 20_000;

/** A server with a client that has sent half of a request. */
const withHalfRequest = async () => {
  const app = buildHealthApp({
    logger: createLogger('silent'),
    ids: systemIds(),
    why: 'starting',
    isReady: () => true,
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const client = connect(Number(new URL(address).port), '127.0.0.1').resume();
  client.on('error', () => undefined);
  const accepted = once(app.server, 'connection');
  client.write('GET /livez HTTP/1.1\r\nhost:');
  await accepted;
  // The head has come in as far as it will.
  expect((await app.inject('/livez')).statusCode).toBe(200);
  const cut = new Promise((resolve) => {
    client.on('close', resolve);
  });
  return { app, cut };
};

it('waits for a connection that has not finished its request, then cuts it', async () => {
  const clock = manualClock();
  const { app, cut } = await withHalfRequest();
  const seen: string[] = [];
  const closing = closeApp(app, clock).then(() => seen.push('closed'));
  await clock.advance(PATIENCE_MS - 1, turn);
  await turn();
  expect(seen).toEqual([]);
  await clock.advance(1, () => cut);
  await closing;
  expect(seen).toEqual(['closed']);
  expect(clock.waiting()).toBe(0);
});

it('closes several side by side: together they take no longer than one', async () => {
  const clock = manualClock();
  const both = await Promise.all([withHalfRequest(), withHalfRequest()]);
  const apps = both.map(({ app }) => app);
  const closing = closeApps(apps, clock);
  await clock.advance(PATIENCE_MS, turn);
  await Promise.all(both.map(({ cut }) => cut));
  await closing;
  expect(apps.map((app) => app.server.listening)).toEqual([false, false]);
  expect(clock.waiting()).toBe(0);
});

it('waits for nothing where nothing is under way', async () => {
  const clock = manualClock();
  const app = buildHealthApp({
    logger: createLogger('silent'),
    ids: systemIds(),
    why: 'starting',
    isReady: () => true,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  await closeApp(app, clock);
  expect(clock.waiting()).toBe(0);
});
