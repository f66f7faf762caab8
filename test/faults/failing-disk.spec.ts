// A disk that fails below SQLite, and a process that dies inside a write: put there from outside, by strace.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { readAllOf } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const SCRIPT = fileURLToPath(new URL('../support/log-process.ts', import.meta.url));
const AT_ONCE = 16;
const cannotTrace = spawnSync('strace', ['-f', '-qq', '-e', 'trace=none', 'true']).status !== 0;

type Load = {
  readonly atOnce?: number;
  readonly most?: number;
  readonly trace?: string;
  /** The file whose writes are meant, instead of any file's flushes. */
  readonly writesOf?: string;
};

/** Appends until the fault ends it, or it has written as much as it should; what it acknowledged, and how it ended. */
const appendUnder = async (dataDir: string, fault: string, load: Load = {}) => {
  const { atOnce = AT_ONCE, most = Infinity, trace = '/dev/null', writesOf } = load;
  const call = writesOf === undefined ? 'fsync' : 'pwrite64';
  const of = writesOf === undefined ? [] : ['-P', join(dataDir, writesOf)];
  const traced = ['-f', '-qq', '-o', trace, ...of, '-e', `trace=${call}`, '-e', `inject=${call}:${fault}`];
  const output = join(freshDirectory(), 'output');
  const given = [SCRIPT, dataDir, 'append', String(atOnce), String(most)];
  const child = spawn('strace', [...traced, process.execPath, ...given], {
    // Into a file: a pipe that is full would end the process.
    stdio: ['pipe', openSync(output, 'w'), 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child, 'close');
  const [, ...acknowledged] = readFileSync(output, 'utf8').split('\n').slice(0, -1);
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

  it.each([
    ['for good', '2+'],
    ['for a while', '2..4'],
  ])('goes on where it cannot be copied out of its write-ahead log %s (F-S-02)', async (_what, when) => {
    const dataDir = freshDirectory();
    const trace = join(freshDirectory(), 'writes');
    // The first write makes the file.
    const load = { atOnce: 4, most: 1200, trace, writesOf: 'log.db' };
    const { acknowledged, code } = await appendUnder(dataDir, `error=ENOSPC:when=${when}`, load);
    expect([code, acknowledged.length]).toEqual([0, load.most]);
    const writes = readFileSync(trace, 'utf8').split('\n').slice(0, -1);
    const failed = writes.filter((line) => line.includes('ENOSPC')).length;
    expect(failed).toBeGreaterThan(0);
    expect(writes.length - failed > 1).toBe(when !== '2+');
    await expectKept(dataDir, acknowledged);
  });

  it('takes appends again once its write-ahead log has room, with all it had acknowledged (F-S-02)', async () => {
    const dataDir = freshDirectory();
    const trace = join(freshDirectory(), 'writes');
    const load = { most: 3000, trace, writesOf: 'log.db-wal' };
    const { acknowledged, code } = await appendUnder(dataDir, 'error=ENOSPC:when=300..340', load);
    expect(code).toBe(0);
    const writes = readFileSync(trace, 'utf8').split('\n').slice(0, -1);
    const failedAt = writes.flatMap((line, at) => (line.includes('ENOSPC') ? [at] : []));
    expect(failedAt.length).toBeGreaterThan(0);
    expect(writes.length - 1).toBeGreaterThan(2 * (failedAt.at(-1) ?? 0));
    expect(acknowledged.length).toBeLessThan(load.most);
    await expectKept(dataDir, acknowledged);
  });

  it('shares each fsync of a slow disk among all who wait (F-S-10)', async () => {
    const dataDir = freshDirectory();
    const trace = join(freshDirectory(), 'fsyncs');
    const load = { atOnce: 256, most: 2560, trace };
    const { acknowledged, code } = await appendUnder(dataDir, 'delay_exit=200000', load);
    expect([code, acknowledged.length]).toEqual([0, load.most]);
    // A disk with 5 a second then takes 300 commands in that time; an open log and its first files take some too.
    const fsyncs = readFileSync(trace, 'utf8').match(/fsync\(/g)?.length ?? 0;
    expect(fsyncs).toBeGreaterThan(load.most / load.atOnce / 2);
    expect(load.most / fsyncs).toBeGreaterThan(60);
    await expectKept(dataDir, acknowledged);
  });
});
