// What is piped into the command line where it takes a file, and what happens when nobody reads.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isLasting } from '../../src/infra/cli/given-file.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { headersWith, instanceWorld, objectWith } from '../support/instance-world.ts';
import { correlationAt } from '../support/instances.ts';
import { done, edge, FLOW } from './edge.ts';

const BIN = fileURLToPath(new URL('../../bin/skald.js', import.meta.url));

/** The command line with `input` on its standard input, as a shell would pipe it. */
const piped = async (url: string, args: readonly string[], input: string) => {
  const child = spawn(process.execPath, [BIN, ...args, '-o', 'json'], {
    ...{ env: { SKALD_URL: url }, stdio: ['pipe', 'pipe', 'pipe'] },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { exitCode: child.exitCode, stdout, stderr };
};
const served = async (handlers: Partial<Handlers>): Promise<string> =>
  (await edge(handlers)).listen({ host: '127.0.0.1', port: 0 });

const WAIT = { timeout: 30_000, interval: 50 };

const instanceLine = (number: number): string =>
  JSON.stringify({
    headers: headersWith({ correlationId: correlationAt(number) }),
    value: objectWith(`number ${number}`),
  });
const lines = [1, 2, 3].map(instanceLine).join('\n');

describe('standard error that nobody reads', { timeout: 60_000 }, () => {
  it('changes no exit code', async () => {
    const url = await served({ getSaga: () => Promise.resolve(undefined) });
    const child = spawn(process.execPath, [BIN, 'saga', 'get', FLOW], {
      ...{ env: { SKALD_URL: url }, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stderr.destroy();
    await once(child, 'close');
    expect(child.exitCode).toBe(3);
  });
});

describe('standard output that cannot be written', { timeout: 60_000 }, () => {
  it.runIf(existsSync('/dev/full'))('is said in one line', async () => {
    const url = await served({});
    const child = spawn('sh', ['-c', '"$0" "$@" > /dev/full', process.execPath, BIN, 'saga', 'list'], {
      ...{ env: { SKALD_URL: url }, stdio: ['ignore', 'ignore', 'pipe'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect(said).toMatch(/^skald: the output cannot be written: ENOSPC.*\n$/);
    expect(child.exitCode).toBe(1);
  });
});

describe('standard input', { timeout: 60_000 }, () => {
  it('is waited for', async () => {
    const seen: unknown[] = [];
    const world = await instanceWorld();
    const url = await served({
      ...world,
      receiveInstance: (...given) => {
        seen.push(given);
        return world.receiveInstance(...given);
      },
    });
    const child = spawn(process.execPath, [BIN, 'instance', 'import', '-', '-o', 'json'], {
      ...{ env: { SKALD_URL: url }, stdio: ['pipe', 'pipe', 'inherit'] },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = text(child.stdout);
    // A hundred lines go out once there is another: when they have come in, the command waits for the next.
    child.stdin.write(`${Array.from({ length: 101 }, (_, number) => instanceLine(number)).join('\n')}\n`);
    await vi.waitFor(() => {
      expect(seen).toHaveLength(100);
    }, WAIT);
    child.stdin.end(instanceLine(101));
    expect(JSON.parse(await said)).toMatchObject({ received: 102, bad: 0 });
  });

  it.each(['-', '/dev/stdin'])('is imported whole as %s, though it comes only once', async (file) => {
    const world = await instanceWorld();
    const { exitCode, stdout, stderr } = await piped(
      await served(world),
      ['instance', 'import', file],
      lines,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ received: 3, bad: 0 });
  });

  it('is not read twice, nor is any other pipe', async () => {
    expect(await isLasting('-')).toBe(false);
    expect(await isLasting('/dev/null')).toBe(false);
    expect(await isLasting(BIN)).toBe(true);
  });

  it('is the new value of a dead letter', async () => {
    const edited: unknown[] = [];
    const url = await served({
      editLetter: (_on, input) => {
        edited.push(input);
        return Promise.resolve(done({ edition: 1 }));
      },
      getLetter: () => Promise.resolve(undefined),
    });
    const args = ['dlq', 'edit', FLOW, '--file', '-', '--reason', 'a comma'];
    expect(await piped(url, args, 'é,')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(edited).toMatchObject([{ base64: Buffer.from('é,').toString('base64'), reason: 'a comma' }]);
  });

  it('is a definition, or is told to be none', async () => {
    const url = await served({});
    const args = ['what-if', '--all', '--definition', '-'];
    expect(await piped(url, args, '[1]')).toMatchObject({
      ...{ exitCode: 2, stdout: '' },
      stderr: expect.stringContaining('- holds no registration') as unknown,
    });
  });
});
