// F-H-03: callers who are slow in any way are cut off at the limit, and cost no more than what is under way for them.
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TIMEOUTS } from '../../src/infra/http/server-options.ts';
import { logOf, queriesOver } from '../support/read-models.ts';
import { edge } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const WAIT = { timeout: 10_000, interval: 5 };
const QUICK = { ...TIMEOUTS, requestMs: 200, connectionMs: 300, checkEveryMs: 50 };
const MIB = 1024 * 1024;
/** What the two ends of a connection hold in the kernel, at the very most. */
const IN_KERNEL = 24 * MIB;

const get = (path: string, accept = 'application/json'): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`;

/** One byte after the other, much sooner than a silence is noticed, for as long as it is listened to. */
const trickle = (socket: Socket, byte: string): void => {
  const timer = setInterval(() => socket.write(byte), 20);
  const stop = (): void => {
    clearInterval(timer);
  };
  socket.on('close', stop);
  onTestFinished(stop);
};

describe('callers who are never silent for long, and never done', () => {
  it.each([
    ['a header', 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: '],
    [
      'a body',
      'POST /api/orchestration/execute/tenant HTTP/1.1\r\nHost: localhost\r\n' +
        'Content-Type: application/octet-stream\r\nContent-Length: 9999\r\n\r\n',
    ],
  ])('with %s get 408 and are cut off at the limit', async (_what, beginning) => {
    const app = await edge({}, { timeouts: QUICK });
    const slow = openRaw(await listen(app), beginning);
    trickle(slow.socket, 'a');
    expect(await slow.all).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
  });
});

const [event] = logOf(['saga-1', { type: 'SagaCompleted', data: {} }]);

/** A log without end, page after page, and how many of them were asked for. */
const endless = async (bytesOfPage: number) => {
  if (event === undefined) throw new Error('there is an event');
  const { queries } = await queriesOver([]);
  let pages = 0;
  const items = [{ ...event, data: { text: 'x'.repeat(bytesOfPage) } }];
  const listEvents: typeof queries.listEvents = (_filter, { after }) => {
    pages += 1;
    return Promise.resolve({ items, position: after, next: after });
  };
  return { queries: { ...queries, listEvents }, pages: () => pages };
};

/** Asks for something, reads nothing of it, and is cut off. */
const deafTo = async (request: string, bytesOfPage: number) => {
  const { queries, pages } = await endless(bytesOfPage);
  const app = await edge({}, { timeouts: QUICK, queries });
  const servers: Socket[] = [];
  app.server.on('connection', (socket: Socket) => servers.push(socket));
  const caller = openRaw(await listen(app), request).socket.pause();
  let held = 0;
  await vi.waitFor(() => {
    const [server] = servers;
    held = Math.max(held, server?.writableLength ?? 0);
    expect(server?.destroyed).toBe(true);
  }, WAIT);
  expect(caller.destroyed).toBe(false);
  return { pages, held };
};

describe('callers who do not read', () => {
  it('an answer are cut off after a silence', async () => {
    const { pages, held } = await deafTo(get('/api/v1/events'), IN_KERNEL);
    expect(pages()).toBe(1);
    expect(held).toBeGreaterThan(MIB);
    expect(held).toBeLessThan(IN_KERNEL + MIB);
  });

  it('lines without end are cut off after a silence, and no more is read than they take', async () => {
    const { pages, held } = await deafTo(get('/api/v1/events', 'application/x-ndjson'), MIB);
    const asked = pages();
    expect(asked).toBeGreaterThan(1);
    expect(asked * MIB).toBeLessThan(IN_KERNEL);
    expect(held).toBeLessThan(3 * MIB);
    await new Promise((resolve) => setImmediate(resolve));
    // For who has gone away nothing is read.
    expect(pages()).toBe(asked);
  });
});
