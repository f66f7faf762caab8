import { describe, expect, it, vi } from 'vitest';
import { gate } from '../support/sdk-world.ts';
import { done, edge, FLOW } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const URL = '/api/orchestration/execute/tenant';
const LARGE = 100_000;

/** Starts that wait to be let go, beside at most 250,000 bytes of others. */
const waiting = async () => {
  const hold = gate();
  const seen: (() => void)[] = [];
  let begun = 0;
  const wait = async (): Promise<void> => {
    begun += 1;
    for (const look of seen) look();
    await hold.opened;
  };
  const app = await edge(
    {
      startSaga: async () => {
        await wait();
        return done({ flowId: FLOW });
      },
      getSaga: async () => {
        await wait();
        return undefined;
      },
    },
    { mostBodyBytes: 250_000 },
  );
  const send = (bytes: number) =>
    app.inject({
      ...{ method: 'POST', url: URL, payload: Buffer.alloc(bytes, 65) },
      headers: { 'content-type': 'application/octet-stream' },
    });
  const hasBegun = (count: number) =>
    new Promise<void>((resolve) => {
      const look = (): void => {
        if (begun >= count) resolve();
      };
      seen.push(look);
      look();
    });
  return { app, send, hold, hasBegun };
};

describe('large requests', () => {
  it('are turned away while there are too many, small ones not, and taken again afterwards', async () => {
    const { send, hold, hasBegun } = await waiting();
    const first = [send(LARGE), send(LARGE)];
    await hasBegun(2);
    const refused = await send(LARGE);
    expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toMatchObject([
      ...[503, '1', { code: 'busy' }],
    ]);
    const small = send(1000);
    await hasBegun(3);
    hold.open();
    const answers = await Promise.all([...first, small]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect((await send(LARGE)).statusCode).toBe(200);
  });

  it('count at their most where they do not say how long they are', async () => {
    const { app, send, hold, hasBegun } = await waiting();
    const port = await listen(app);
    const head = `POST ${URL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n`;
    const chunked = openRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`);
    await hasBegun(1);
    expect((await send(LARGE)).statusCode).toBe(503);
    hold.open();
    await chunked.until(/^HTTP\/1\.1 200 /);
    expect((await send(LARGE)).statusCode).toBe(200);
  });

  it('are none where nobody reads them', async () => {
    const { app, send, hold, hasBegun } = await waiting();
    const read = app.inject({ url: `/api/v1/sagas/${FLOW}`, payload: Buffer.alloc(2 * LARGE, 65) });
    await hasBegun(1);
    const large = send(LARGE);
    await hasBegun(2);
    hold.open();
    expect([(await large).statusCode, (await read).statusCode]).toEqual([200, 404]);
  });

  it('count no longer once their connection is gone, also where they waited behind another one on it', async () => {
    const { app, send, hold, hasBegun } = await waiting();
    const head = `POST ${URL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n`;
    const request = (bytes: number): string => `${head}Content-Length: ${bytes}\r\n\r\n${'a'.repeat(bytes)}`;
    const closed = new Promise((resolve) => {
      app.server.once('connection', (socket) => socket.once('close', resolve));
    });
    const pipelined = openRaw(await listen(app), request(1) + request(2 * LARGE));
    await hasBegun(2);
    expect((await send(LARGE)).statusCode).toBe(503);
    pipelined.socket.destroy();
    await closed;
    hold.open();
    await vi.waitFor(async () => expect((await send(LARGE)).statusCode).toBe(200), { timeout: 4000 });
  });
});
