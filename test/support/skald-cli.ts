import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const BIN = fileURLToPath(new URL('../../bin/skald.js', import.meta.url));

type Environment = Readonly<Record<string, string>>;
export type Ended = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

/** The command line as a user starts it, with nothing from this process's environment and nobody to ask. */
export const startCli = (args: readonly string[], env: Environment = {}) => {
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      printed[name] += chunk.toString();
      child.emit('printed');
    });
  }
  const closed = once(child, 'close');
  return {
    /** Resolves with what is on standard output once it holds as described. */
    until: async (holds: (stdout: string) => boolean): Promise<string> => {
      while (!holds(printed.stdout))
        await Promise.race([once(child, 'printed'), closed.then(rejectWith(printed))]);
      return printed.stdout;
    },
    ended: async (): Promise<Ended> => {
      await closed;
      return { exitCode: child.exitCode, ...printed };
    },
    signal: (name: NodeJS.Signals) => child.kill(name),
  };
};

const rejectWith = (printed: object) => (): never => {
  throw new Error(`it ended: ${JSON.stringify(printed)}`);
};

export const runCli = (args: readonly string[], env: Environment = {}): Promise<Ended> =>
  startCli(args, env).ended();

/** What a command that went well printed as `-o json`. */
export const jsonOf = ({ exitCode, stdout, stderr }: Ended): Readonly<Record<string, unknown>> => {
  if (exitCode !== 0) throw new Error(`exit ${String(exitCode)}: ${stderr}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout));
};

export const linesOf = (stdout: string): readonly Readonly<Record<string, unknown>>[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
