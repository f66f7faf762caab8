import { Agent, request } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 120_000 });

/** As many as are sent at once are more than such a heap has room for. */
const LARGE = Buffer.alloc(250 * 1024, 65);
const EACH = 4;
const AT_ONCE = 36;

/**
 * Starts runs with large payloads, many at once and some after one another, and counts how they are answered. None is sent
 * whole before the first one was turned away: however fast the server is, as many are under way at once.
 */
const flood = async (url: string): Promise<ReadonlyMap<string, number>> => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  onTestFinished(() => {
    agent.destroy();
  });
  const headers = { 'content-type': 'application/octet-stream', 'content-length': LARGE.length };
  const first = Promise.withResolvers<undefined>();
  const start = () =>
    new Promise<string>((resolve) => {
      const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
        if (answer.statusCode === 503) first.resolve(undefined);
        answer.resume().once('end', () => resolve(String(answer.statusCode)));
      });
      sent.once('error', (error) => resolve(error.message)).write(LARGE.subarray(1));
      void first.promise.then(() => sent.end(LARGE.subarray(0, 1)));
    });
  const counts = new Map<string, number>();
  const sendAll = async (): Promise<void> => {
    for (let sent = 0; sent < EACH; sent += 1) {
      const answer = await start();
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sendAll));
  return counts;
};

describe('a flood of large requests on a small heap (F-P-10)', () => {
  it('is turned away with 503 before the memory ends, and ends no process', async () => {
    const settings = { NODE_OPTIONS: '--max-old-space-size=128' };
    const server = await startSkald(freshDirectory(), settings);
    const steps = [{ name: 'one', seq: 1, objectType: 'thing' }];
    const definition = { orchName: 'large', as: 'initiator', steps };
    await post(`${server.address}/api/orchestration/register`, definition);
    const counts = await flood(`${server.address}/api/orchestration/execute/large`);
    expect([...counts.keys()].sort()).toEqual(['200', '503']);
    expect(await call(`${server.address}/readyz`)).toMatchObject({ status: 200 });
    expect(await server.stop()).toBe(0);
  });
});
