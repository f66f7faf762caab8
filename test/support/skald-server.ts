import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

type Settings = Readonly<Record<string, string>>;

export type SkaldServer = {
  readonly address: string;
  /** Everything it printed so far, on both of its outputs. */
  readonly output: () => string;
  /** SIGKILL; resolves once the process is gone. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>;
  /** SIGSTOP: it holds what it holds and does nothing until it is resumed. */
  readonly pause: () => void;
  readonly resume: () => void;
};

/** The program as a user starts it, with these settings and nothing from this process's environment. */
const launch = (settings: Settings, openFiles?: number) => {
  const limited = ['-c', `ulimit -n ${String(openFiles)}; exec "$0" "$1"`, process.execPath, MAIN];
  const [program, given] = openFiles === undefined ? [process.execPath, [MAIN]] : ['sh', limited];
  const child = spawn(program, given, {
    env: { HOST: '127.0.0.1', PORT: '0', AUTH: 'off', LOG_LEVEL: 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  const take = (chunk: Buffer) => {
    output += chunk.toString();
    child.emit('printed');
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const closed = once(child, 'close');
  return { child, closed, output: () => output };
};

/**
 * Resolves once the server serves; rejects with what it printed where it does not.
 * @param openFiles the most that it may have open, connections and all
 */
export const startSkald = async (
  dataDir: string,
  settings: Settings = {},
  openFiles?: number,
): Promise<SkaldServer> => {
  const { child, closed, output } = launch({ DATA_DIR: dataDir, ...settings }, openFiles);
  const address = await new Promise<string>((resolve, reject) => {
    child.on('printed', () => {
      const found = /serving on (http:\S+)/.exec(output())?.[1];
      if (found !== undefined) resolve(found);
    });
    void closed.then(() => {
      reject(new Error(`Skald ended with ${String(child.exitCode)} before it served:\n${output()}`));
    });
  });
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return {
    address,
    output,
    kill: async () => {
      await end('SIGKILL');
      if (child.signalCode !== 'SIGKILL') throw new Error(`Skald was not killed:\n${output()}`);
    },
    stop: () => end('SIGTERM'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
};

/** Where a server serves metrics that was started with METRICS_PORT; it says so where LOG_LEVEL is info. */
export const metricsAddress = ({ output }: Pick<SkaldServer, 'output'>): Promise<string> =>
  vi.waitFor(
    () => {
      const found = /"address":"(http:[^"]+)","msg":"metrics are served"/.exec(output())?.[1];
      if (found === undefined) throw new Error(`no metrics are served:\n${output()}`);
      return found;
    },
    { timeout: 20_000, interval: 50 },
  );

/** A start that is expected to be refused. */
export const refusedStart = async (settings: Settings) => {
  const { child, closed, output } = launch(settings);
  await closed;
  return { exitCode: child.exitCode, output: output() };
};
