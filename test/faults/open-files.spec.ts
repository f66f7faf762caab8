import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { post } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Some more than a server has open when nobody is connected. */
const OPEN_FILES = 120;
const CONNECTIONS = 200;
const WITHIN = { timeout: 20_000, interval: 100 };

/** Calls over one connection that is kept; rejects where it is cut. */
const overOneConnection = (address: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
  });
  return async (method: string, path: string): Promise<number | undefined> => {
    const sent = request(`${address}${path}`, { method, agent }).end();
    const [answer] = z
      .tuple([z.custom<NodeJS.ReadableStream & { statusCode?: number }>()])
      .parse(await once(sent, 'response'));
    await once(answer.resume(), 'end');
    return answer.statusCode;
  };
};

/** Opens connections and says nothing; how many the server still has, and a way to let all of them go. */
const openMany = (address: string) => {
  const port = Number(new URL(address).port);
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
  for (const socket of sockets) socket.on('error', () => undefined).resume();
  return {
    refused: () => sockets.filter(({ destroyed }) => destroyed).length,
    letGo: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
};

describe.skipIf(process.platform === 'win32')('a server without a file left to open (F-P-11)', () => {
  it('refuses new connections, goes on writing for those it has, and recovers', async () => {
    const server = await startSkald(freshDirectory(), {}, OPEN_FILES);
    const steps = [{ name: 'one', seq: 1, objectType: 'thing' }];
    await post(`${server.address}/api/orchestration/register`, { orchName: 'some', as: 'initiator', steps });
    const kept = overOneConnection(server.address);
    const start = '/api/orchestration/execute/some';
    // Everything that it opens when it is first asked is open from here on.
    await vi.waitFor(async () => expect(await kept('GET', '/api/v1/sagas')).toBe(200), WITHIN);
    expect(await kept('POST', start)).toBe(200);

    const many = openMany(server.address);
    await vi.waitFor(() => expect(many.refused()).toBeGreaterThan(0), WITHIN);
    for (let count = 0; count < 20; count += 1) expect(await kept('POST', start)).toBe(200);
    expect(await kept('GET', '/readyz')).toBe(200);
    // It needs a thread of its own.
    expect(await kept('GET', `/api/v1/sagas?asOf=${new Date().toISOString()}`)).toBe(503);

    many.letGo();
    const fresh = overOneConnection(server.address);
    await vi.waitFor(async () => expect(await fresh('POST', start)).toBe(200), WITHIN);
    expect(await kept('GET', `/api/v1/sagas?asOf=${new Date().toISOString()}`)).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
