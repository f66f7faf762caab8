import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const steps = ['first', 'second', 'third'].map((name, index) => ({
  ...{ name, seq: index + 1, objectType: 'thing' },
}));

/** What is run. */
export const saga = { service: 'bench-service', definition: { orchName: 'bench-three-steps', steps } };

export type SagaServerOptions = {
  readonly dataDir: string;
  readonly bus: string;
  readonly profile?: string | undefined;
  /** Where it stands on servers. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
};

/** Skald as a process of its own, once it serves. */
export const startSagaServer = async ({ dataDir, bus, profile, settings }: SagaServerOptions) => {
  const own = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, AUTH: 'off', LOG_LEVEL: 'warn' };
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const script = join(import.meta.dirname, '../../src/main.ts');
  const child = spawn(process.execPath, [...flags, script], {
    env: { ...process.env, ...own, ...(settings ?? { BUS: bus }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async (): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /serving on (http:\S+)/.exec(line)?.[1];
    if (address === undefined || child.pid === undefined) continue;
    return { pid: child.pid, address, stop, kill: () => child.kill('SIGKILL') };
  }
  throw new Error('Skald did not start');
};
