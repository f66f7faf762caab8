// Sequential runs of three steps from the outside: a server, a worker and a client, each a process of its own,
// over HTTP, every commit fsynced (synchronous=FULL): `node bench/sagas.ts --help`.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { z } from 'zod';
import { keepAlive } from './support/keep-alive.ts';
import type { ServerStack } from './support/server-stack.ts';
import { cpuSeconds, fsyncMs } from './support/machine.ts';

const HELP = `node bench/sagas.ts [--runs 10000] [--in-flight 64] [--warm-up 500] [--loops 4] [--dir <directory>] [--stack embedded|servers]
  --runs       sequential runs of three steps that are measured
  --in-flight  how many of them at a time
  --warm-up    runs before the measured ones
  --loops      polls the worker has open at a time
  --dir        where the data directory is made; its disk is the one measured
  --stack      what the server stands on: its data directory, or EventStoreDB, MongoDB and Kafka`;

const options = {
  runs: { type: 'string', default: '10000' },
  'in-flight': { type: 'string', default: '64' },
  'warm-up': { type: 'string', default: '500' },
  loops: { type: 'string', default: '4' },
  dir: { type: 'string', default: tmpdir() },
  stack: { type: 'string', default: 'embedded' },
  help: { type: 'boolean', default: false },
} as const;

const ORCHESTRATION = 'bench-three-steps';
const SERVICE = 'bench-service';

const fileOf = (relative: string): string => join(import.meta.dirname, relative);

const startServer = async (dataDir: string, stack: ServerStack | undefined) => {
  const settings = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, AUTH: 'off', LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [fileOf('../src/main.ts')], {
    env: { ...process.env, ...settings, ...stack?.settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /serving on (http:\S+)/.exec(line)?.[1];
    if (address !== undefined && child.pid !== undefined) return { child, pid: child.pid, address };
  }
  throw new Error('Skald did not start');
};

const register = async (address: string): Promise<void> => {
  const post = keepAlive(address, 1);
  const steps = ['first', 'second', 'third'].map((name, index) => ({
    name,
    seq: index + 1,
    objectType: 'thing',
  }));
  for (const as of ['initiator', 'worker']) {
    const body = JSON.stringify({ orchName: ORCHESTRATION, as, type: 'sequential', steps });
    await post('/api/orchestration/register', body, { 'x-service-name': SERVICE });
  }
};

const measured = z.object({ completed: z.int(), seconds: z.number(), p50: z.number(), p99: z.number() });

const runClient = async (address: string, runs: string, inFlight: string) => {
  const args = [fileOf('saga-client.ts'), address, ORCHESTRATION, runs, inFlight];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return measured.parse(JSON.parse(stdout));
};

const line = (name: string, value: number | undefined, digits: number, unit: string): void => {
  console.log(`${name.padEnd(34)} ${(value?.toFixed(digits) ?? 'unknown').padStart(10)} ${unit}`);
};

type Settings = Readonly<Record<'runs' | 'in-flight' | 'warm-up' | 'loops', string>>;

const measure = async (
  dataDir: string,
  settings: Settings,
  stack: ServerStack | undefined,
): Promise<void> => {
  const { child, pid, address } = await startServer(dataDir, stack);
  await register(address);
  const worker = spawn(process.execPath, [fileOf('saga-worker.ts'), address, SERVICE, settings.loops], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const warmUp = await runClient(address, settings['warm-up'], settings['in-flight']);
    const before = cpuSeconds(pid);
    const { completed, seconds, p50, p99 } = await runClient(address, settings.runs, settings['in-flight']);
    const after = cpuSeconds(pid);
    worker.kill('SIGKILL');
    child.kill('SIGTERM');
    await once(child, 'exit');

    const cpu = after === undefined || before === undefined ? undefined : after - before;
    line('runs completed', completed, 0, '');
    line('runs', completed / seconds, 0, '/s');
    line('a run, execute to ended, p50', p50, 1, 'ms');
    line('a run, execute to ended, p99', p99, 1, 'ms');
    line('server CPU per 1,000 runs', cpu === undefined ? undefined : (1000 * cpu) / completed, 2, 's');
    if (stack !== undefined) return;
    const logBytes = statSync(join(dataDir, 'log.db')).size;
    line('log.db per run', logBytes / (completed + warmUp.completed), 0, 'bytes');
  } finally {
    worker.kill('SIGKILL');
    child.kill('SIGKILL');
  }
};

/** Loaded where it is asked for: the other stack needs no launcher. */
const servers = async (): Promise<ServerStack> => {
  const { startServerStack } = await import('./support/server-stack.ts');
  return startServerStack();
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const stack =
    z.enum(['embedded', 'servers']).parse(values.stack) === 'servers' ? await servers() : undefined;
  const dataDir = mkdtempSync(join(values.dir, 'skald-bench-'));
  try {
    console.log(
      `node ${process.version}, ${String(availableParallelism())} processors, ${values['in-flight']} in flight`,
    );
    line('4 KiB and fsync, alone', fsyncMs(dataDir), 3, 'ms');
    if (stack !== undefined) console.log(stack.name);
    await measure(dataDir, values, stack);
  } finally {
    await stack?.stop();
    rmSync(dataDir, { recursive: true });
  }
};

await main();
