import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { DataDirLocked, lockDataDir } from '../../src/infra/lock/embedded.ts';
import { readAllOf } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const SCRIPT = fileURLToPath(new URL('../support/log-process.ts', import.meta.url));

/** A second process, and the lines it printed so far. */
const start = (dataDir: string, what: string) => {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    process.execPath,
    [SCRIPT, dataDir, what],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'close');
  // The last line may have been cut by the kill.
  const lines = (): readonly string[] => output.split('\n').slice(0, -1);
  return {
    lines,
    printed: (count: number) =>
      vi.waitFor(
        () => {
          expect(lines().length).toBeGreaterThanOrEqual(count);
        },
        { timeout: 10_000, interval: 5 },
      ),
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
      expect(child.signalCode).toBe('SIGKILL');
    },
    exitCode: async () => {
      await exited;
      return child.exitCode;
    },
  };
};

describe('a process killed while it appends', () => {
  it('keeps every acknowledged append whole, time after time', async () => {
    const dataDir = freshDirectory();
    const acknowledged: string[] = [];
    for (const kills of [1, 60, 250]) {
      const writer = start(dataDir, 'append');
      await writer.printed(1 + kills);
      await writer.kill();
      acknowledged.push(...writer.lines().slice(1));
      const store = await embeddedEventStore({ dataDir });
      const events = await readAllOf(store, { max: 4096 });
      await store.close();
      const streams = Map.groupBy(events, ({ stream }) => stream);
      expect(acknowledged.filter((stream) => !streams.has(stream))).toEqual([]);
      expect([...streams.values()].filter((own) => own.length !== 3)).toEqual([]);
      expect([...streams.values()].map((own) => verifyChain(own).kind)).not.toContain('broken');
    }
    expect(acknowledged.length).toBeGreaterThan(310);
  });
});

describe('the lock of a data directory', () => {
  it('keeps a second process out while the first lives, and no longer', async () => {
    const dataDir = freshDirectory();
    const first = start(dataDir, 'hold');
    await first.printed(1);
    expect(() => lockDataDir(dataDir)).toThrow(DataDirLocked);
    expect(await start(dataDir, 'hold').exitCode()).toBe(75);
    await first.kill();
    lockDataDir(dataDir).release();
  });

  it('keeps another process out until it is released', async () => {
    const dataDir = freshDirectory();
    const lock = lockDataDir(dataDir);
    expect(() => lockDataDir(dataDir)).toThrow(/in use by another Skald process/);
    expect(await start(dataDir, 'hold').exitCode()).toBe(75);
    lock.release();
    lock.release();
    const next = start(dataDir, 'hold');
    await next.printed(1);
    expect(next.lines()).toEqual(['ready']);
    await next.kill();
  });
});
