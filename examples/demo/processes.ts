import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

// The SDK as it stands in this repository.
const SDK_SOURCE = '--conditions=skald-source';
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** Starts Skald and workers as processes of their own; none outlives `limitMs` or `stop`. */
export const childProcesses = (limitMs: number) => {
  const children: ChildProcess[] = [];
  const start = (args: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: limitMs,
      killSignal: 'SIGKILL',
    });
    children.push(child);
    return child;
  };

  return {
    /** Resolves with the address that Skald serves on. */
    skald: async (settings: Readonly<Record<string, string>>): Promise<string> => {
      const own = { HOST: '127.0.0.1', PORT: '0', AUTH: 'off', LOG_LEVEL: 'warn', ...settings };
      const child = start([MAIN], own);
      for await (const line of createInterface({ input: child.stdout })) {
        const address = /serving on (http:\S+)/.exec(line)?.[1];
        if (address !== undefined) return address;
      }
      throw new Error('Skald did not start');
    },
    worker: (script: string, ...args: readonly string[]): void => {
      start([SDK_SOURCE, fileURLToPath(new URL(script, import.meta.url)), ...args], {});
    },
    /** Workers first, Skald last. */
    stop: async (): Promise<void> => {
      for (const child of children.toReversed()) {
        const hasExited = child.exitCode !== null || child.signalCode !== null;
        if (!hasExited && child.kill('SIGTERM')) await once(child, 'exit');
      }
    },
  };
};
export type Processes = ReturnType<typeof childProcesses>;
