// What becomes of a command whose caller does not wait for the answer, or calls too often, or whose server keeps dying.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 120_000 });

const PATH = '/api/orchestration/execute/tenant';
const SERVICE = { 'x-service-name': 'a-service' };
const started = z.looseObject({ flowId: z.string(), position: z.string() });
const listed = z.looseObject({ items: z.array(z.looseObject({ flowId: z.string() })) });

const serving = async (dataDir: string) => {
  const server = await startSkald(dataDir);
  const keyed = (key: string) => post(`${server.address}${PATH}`, {}, { ...SERVICE, 'idempotency-key': key });
  const runs = async (): Promise<readonly string[]> =>
    read(await call(`${server.address}/api/v1/sagas`), listed).items.map(({ flowId }) => flowId);
  return { ...server, keyed, runs };
};

const define = async (address: string): Promise<void> => {
  const steps = [{ seq: 1, name: 'a', objectType: 'thing' }];
  const body = { orchName: 'tenant', as: 'initiator', type: 'sequential', steps };
  expect((await post(`${address}/api/orchestration/register`, body, SERVICE)).status).toBe(200);
};

/** Sends the whole request and is gone at once. */
const sendAndCut = (address: string, key: string): Promise<void> =>
  new Promise((resolve) => {
    const { host, hostname, port } = new URL(address);
    const head = [`POST ${PATH} HTTP/1.1`, `Host: ${host}`, 'X-Service-Name: a-service'];
    const about = [`Idempotency-Key: ${key}`, 'Content-Type: application/json', 'Content-Length: 2'];
    const socket = connect(Number(port), hostname);
    socket.on('close', () => resolve());
    socket.write(`${[...head, ...about].join('\r\n')}\r\n\r\n{}`, () => socket.destroy());
  });

describe('a command', () => {
  it('whose caller is gone once it was sent is carried out, and answered under its key (F-H-01)', async () => {
    const server = await serving(freshDirectory());
    await define(server.address);
    await sendAndCut(server.address, 'cut');
    const [flowId] = await vi.waitFor(
      async () => {
        const runs = await server.runs();
        expect(runs).toHaveLength(1);
        return runs;
      },
      { timeout: 20_000 },
    );
    expect(read(await server.keyed('cut'), started).flowId).toBe(flowId);
  });

  it('that comes 500 times at once under one key is carried out once, with one answer for all (F-H-02)', async () => {
    const server = await serving(freshDirectory());
    await define(server.address);
    const answers = await Promise.all(Array.from({ length: 500 }, () => server.keyed('one')));
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    const { flowId, position } = read(answers[0] ?? { status: 0, text: '' }, started);
    const url = `${server.address}/api/v1/sagas?minPosition=${position}`;
    await vi.waitFor(async () => expect((await call(url)).status).toBe(200), { timeout: 20_000 });
    expect(await server.runs()).toEqual([flowId]);
  });
});

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const cannotTrace = spawnSync('strace', ['-f', '-qq', '-e', 'trace=none', 'true']).status !== 0;

/** Starts a server, which dies inside the n-th write to a file of its data directory, or at the latest when it serves. */
const killedWhileStarting = async (dataDir: string, n: number): Promise<void> => {
  const fault = `inject=pwrite64:signal=SIGKILL:when=${String(n)}`;
  // With -D it is the server that is our child, not the tracer.
  const traced = ['-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=pwrite64', '-e', fault];
  const child = spawn('strace', [...traced, process.execPath, MAIN], {
    env: { HOST: '127.0.0.1', PORT: '0', AUTH: 'off', LOG_LEVEL: 'warn', DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout.on('data', () => child.kill('SIGKILL'));
  await once(child, 'close');
  expect(child.signalCode).toBe('SIGKILL');
};

describe.skipIf(cannotTrace)('a server killed again and again while it starts', () => {
  it('starts at last, with everything it had acknowledged (F-P-04)', async () => {
    const dataDir = freshDirectory();
    const first = await serving(dataDir);
    await define(first.address);
    const keys = Array.from({ length: 20 }, (_, n) => `k${n}`);
    const startAll = ({ keyed }: typeof first): Promise<readonly string[]> =>
      Promise.all(keys.map(async (key) => read(await keyed(key), started).flowId));
    const flowIds = await startAll(first);
    await first.kill();
    for (const n of [2, 7, 16, 32]) await killedWhileStarting(dataDir, n);
    const last = await serving(dataDir);
    expect(await startAll(last)).toEqual(flowIds);
    expect(await last.stop()).toBe(0);
  });
});
