// The examples of the SDK, run as a reader runs them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';
import { TRANSPORTS } from '../support/sdk-world.ts';

const ROOT = new URL('../../', import.meta.url);
const scriptOf = (name: string): readonly string[] => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [program, ...args] = (scripts[name] ?? '').split(' ');
  expect(program).toBe('node');
  return args;
};

const run = (name: string, env: Record<string, string>) => {
  const child = spawn(process.execPath, scriptOf(name), {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => void (output += piece.toString()));
  }
  return { child, closed, output: () => output };
};

describe('the examples of the SDK', () => {
  it.each(TRANSPORTS)('tell what happened, with a worker by %s', { timeout: 60_000 }, async (transport) => {
    const { address } = await startSkald(freshDirectory());
    const worker = run('example:worker', { SKALD_URL: address, TRANSPORT: transport });
    const client = run('example:client', { SKALD_URL: address });
    await client.closed;
    expect(
      client
        .output()
        .split('\n')
        .filter((line) => !line.startsWith('  StepWaiting') && !line.startsWith('  StepHealed')),
    ).toEqual([
      ...['  SagaStarted', '  StepDispatched', '  StepSucceeded', '  StepDispatched', '  StepSucceeded'],
      ...['  SagaCompleted', "team: COMPLETED { invited: 'admin@acme.example' }"],
      ...['  SagaStarted', '  StepDispatched', '  StepSucceeded', '  StepDispatched', '  StepFailed'],
      ...['  UndoStarted', '  StepDispatched', '  StepSucceeded', '  SagaUndone', 'trial: UNDONE undefined'],
      ...['runs listed: some', 'refused: 404 unknown_run', ''],
    ]);
    expect(client.child.exitCode).toBe(0);
    worker.child.kill('SIGTERM');
    await worker.closed;
    expect(worker.output()).toBe('working\nstopped\n');
    expect(worker.child.exitCode).toBe(0);
  });
});
