import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Starts Skald and workers as processes of their own; none outlives `limitMs` or `stop`. */
export const childProcesses = (dataDir: string, limitMs: number) => {
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
    skald: async (): Promise<string> => {
      const settings = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, AUTH: 'off', LOG_LEVEL: 'warn' };
      const child = start([MAIN], settings);
      for await (const line of createInterface({ input: child.stdout })) {
        const address = /serving on (http:\S+)/.exec(line)?.[1];
        if (address !== undefined) return address;
      }
      throw new Error('Skald did not start');
    },
    worker: (address: string, service: string, ...offers: readonly string[]): void => {
      start([WORKER, address, service, ...offers], {});
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
