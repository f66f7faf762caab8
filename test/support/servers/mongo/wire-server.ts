import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../kafka/free-port.ts';
import type { MongoServer } from '../mongo.ts';
import { SHORT_LIVED_JAVA } from '../short-lived-java.ts';
import type { WireServerClasses } from './maven.ts';
import { isAnswering } from './ready.ts';

/** The wire server in a process of its own, over a file in a temporary directory, on a port that stays. */
export const wireServer = async ({ version, classPath }: WireServerClasses): Promise<MongoServer> => {
  const directory = await mkdtemp(join(tmpdir(), 'skald-mongo-'));
  const port = await freePort();
  const url = `mongodb://127.0.0.1:${String(port)}/skald`;
  const java = javaProcess([
    ...[...SHORT_LIVED_JAVA, '-Xmx512m', '-cp', classPath, 'WireServer'],
    ...[String(port), join(directory, 'data.mv')],
  ]);
  const start = async (): Promise<void> => {
    const ended = java.start();
    await Promise.race([isAnswering(url), ended]);
  };
  const stop = async (): Promise<void> => {
    await java.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw new Error(`the MongoDB wire server did not start: ${java.output()}`, { cause: error });
  }
  return {
    url,
    version: `mongo-java-server ${version}`,
    source: 'maven',
    stop,
    kill: () => java.end('SIGKILL'),
    restart: async () => {
      await java.end('SIGTERM');
      await start();
    },
    pause: () => java.signal('SIGSTOP'),
    resume: () => java.signal('SIGCONT'),
  };
};

const javaProcess = (args: readonly string[]) => {
  let child: ChildProcess | undefined;
  let output = '';
  const killed = (): void => void child?.kill('SIGKILL');
  return {
    /** The promise rejects if it ends, whenever that is. */
    start: (): Promise<never> => {
      const started = spawn('java', args, { stdio: ['ignore', 'ignore', 'pipe'] });
      started.stderr.on('data', (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-4000)));
      process.once('exit', killed);
      child = started;
      const ended = once(started, 'exit').then(([code, signal]) => {
        throw new Error(`it ended with ${String(code ?? signal)}: ${output}`);
      });
      ended.catch(() => undefined);
      return ended;
    },
    /** Resolves when it has ended; at once where it does not run. */
    end: async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      process.removeListener('exit', killed);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      // A stopped process takes no other signal.
      child.kill('SIGCONT');
      await ended;
    },
    signal: (signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
      child?.kill(signal);
      return Promise.resolve();
    },
    output: () => output,
  };
};
