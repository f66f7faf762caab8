// A disk that fails below SQLite, and a process that dies inside a write: put there from outside, by strace.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { verifyChain } from '../../src/infra/event-store/hash.ts';
import { readAllOf } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const SCRIPT = fileURLToPath(new URL('../support/log-process.ts', import.meta.url));
const AT_ONCE = 16;
const cannotTrace = spawnSync('strace', ['-f', '-qq', '-e', 'trace=none', 'true']).status !== 0;

/** Appends until the fault ends it; what it acknowledged, and how it ended. */
const appendUnder = async (dataDir: string, fault: string) => {
  const traced = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=fsync', '-e', `inject=fsync:${fault}`];
  const child = spawn('strace', [...traced, process.execPath, SCRIPT, dataDir, 'append'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child, 'close');
  const [, ...acknowledged] = output.split('\n').slice(0, -1);
  return { acknowledged, code: child.exitCode, signal: child.signalCode };
};

const storedIn = async (dataDir: string) => {
  const store = await embeddedEventStore({ dataDir });
  const events = await readAllOf(store, { max: 4096 });
  await store.close();
  return Map.groupBy(events, ({ stream }) => stream);
};

/** What it acknowledged is there, and each append whole; beyond that only what was under way. */
const expectKept = async (dataDir: string, acknowledged: readonly string[]): Promise<void> => {
  const stored = await storedIn(dataDir);
  expect(acknowledged.filter((stream) => !stored.has(stream))).toEqual([]);
  expect(stored.size - acknowledged.length).toBeLessThanOrEqual(AT_ONCE);
  expect([...stored.values()].filter((own) => own.length !== 3)).toEqual([]);
  expect([...stored.values()].map((own) => verifyChain(own).kind)).not.toContain('broken');
};

describe.skipIf(cannotTrace)('the log', { timeout: 60_000 }, () => {
  it.each([6, 9, 14, 25])('loses nothing it acknowledged before fsync %i killed it (F-P-03)', async (n) => {
    const dataDir = freshDirectory();
    const { acknowledged, signal } = await appendUnder(dataDir, `signal=SIGKILL:when=${String(n)}`);
    expect(signal).toBe('SIGKILL');
    await expectKept(dataDir, acknowledged);
  });

  it.each([13, 20])('ends its process with 74 when fsync %i and all behind it fail (F-S-03)', async (n) => {
    const dataDir = freshDirectory();
    const { acknowledged, code } = await appendUnder(dataDir, `error=EIO:when=${String(n)}+`);
    expect(code).toBe(74);
    await expectKept(dataDir, acknowledged);
  });
});
