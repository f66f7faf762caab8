import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const DEMO = fileURLToPath(new URL('../../examples/demo/demo.ts', import.meta.url));

type Settings = Readonly<Record<string, string>>;

/** Plays the demo as a user does, with these settings and nothing from this process's environment. */
export const playDemo = async (args: readonly string[] = [], settings: Settings = {}) => {
  // A group of its own: what it started ends with it, whatever becomes of the test.
  const child = spawn(process.execPath, [DEMO, ...args], {
    env: { ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const closed = once(child, 'close');
  onTestFinished(() => {
    endGroup(child.pid);
  });
  let output = '';
  const take = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  await closed;
  return { exitCode: child.exitCode, output };
};

const endGroup = (pid: number | undefined): void => {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH';
    if (!isGone) throw error;
  }
};
