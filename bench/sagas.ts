// Runs of three steps from the outside: a server, a worker of the SDK and a client, each a process of its own, every
// commit fsynced (synchronous=FULL): `node bench/sagas.ts --help`.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Figure } from './support/report.ts';
import { report } from './support/report.ts';
import type { SagaWorld } from './support/saga-world.ts';
import { startSagaWorld } from './support/saga-world.ts';
import type { ServerStack } from './support/server-stack.ts';
import { cpuSeconds, fsyncMs } from './support/machine.ts';
import { residentMib, threadSeconds } from './support/threads.ts';

const HELP = `node bench/sagas.ts [--runs 10000] [--in-flight 64] [--shape sequential] [--warm-up 1000] [--rounds 1]
    [--transport stream] [--bus embedded] [--dir <directory>] [--stack embedded|servers] [--profile <directory>]
  --runs       runs of three steps that are measured, in each round
  --in-flight  how many of them at a time; with 1 each start waits for the end of its run (Prefer: wait)
  --shape      sequential or simultaneous steps
  --warm-up    runs before the measured ones
  --transport  of the worker: stream (WebSocket) or poll
  --bus        embedded, or off: nothing leaves but over HTTP
  --dir        where the data directory is made; its disk is the one measured
  --stack      what the server stands on: its data directory, or EventStoreDB, MongoDB and Kafka
  --profile    writes CPU profiles of the server's threads into that directory`;

const options = {
  runs: { type: 'string', default: '10000' },
  'in-flight': { type: 'string', default: '64' },
  shape: { type: 'string', default: 'sequential' },
  'warm-up': { type: 'string', default: '1000' },
  rounds: { type: 'string', default: '1' },
  transport: { type: 'string', default: 'stream' },
  bus: { type: 'string', default: 'embedded' },
  dir: { type: 'string', default: tmpdir() },
  stack: { type: 'string', default: 'embedded' },
  profile: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Settings = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const line = (name: string, value: number | undefined, digits: number, unit: string): void => {
  console.log(`${name.padEnd(34)} ${(value?.toFixed(digits) ?? 'unknown').padStart(10)} ${unit}`);
};

/** What is compared with its floor and its target. */
const say = (settings: Settings, figure: Figure): void => {
  const inFlight = settings['in-flight'];
  const [kind, shape] =
    settings.shape === 'sequential' ? ['', ''] : [`${settings.shape}-`, `${settings.shape}, `];
  const what = `${figure.what} (${shape}${inFlight} in flight)`;
  report({ ...figure, what, id: `${figure.id}-${kind}${inFlight}` });
};

const perThousand = (before: number | undefined, after: number | undefined, runs: number) =>
  before === undefined || after === undefined ? undefined : (1000 * (after - before)) / runs;

const round = async ({ pid, workerPid, run }: SagaWorld, settings: Settings): Promise<number> => {
  const before = { all: cpuSeconds(pid), worker: cpuSeconds(workerPid), threads: threadSeconds(pid) };
  const { completed, seconds, p50, p99 } = await run(Number(settings.runs), Number(settings['in-flight']));
  const after = { all: cpuSeconds(pid), worker: cpuSeconds(workerPid), threads: threadSeconds(pid) };
  say(settings, { id: 'runs', what: 'runs', value: completed / seconds, unit: '/s' });
  say(settings, { id: 'run-p50', what: 'a run, execute to ended, p50', value: p50, unit: 'ms' });
  say(settings, { id: 'run-p99', what: 'a run, execute to ended, p99', value: p99, unit: 'ms' });
  const value = perThousand(before.all, after.all, completed) ?? Number.NaN;
  say(settings, { id: 'run-cpu', what: 'server CPU per 1,000 runs', value, unit: 's' });
  for (const [name, used] of after.threads) {
    const cpu = perThousand(before.threads.get(name) ?? 0, used, completed);
    if (cpu !== undefined && cpu >= 0.005) line(`  ${name}`, cpu, 3, 's');
  }
  line('worker CPU per 1,000 runs', perThousand(before.worker, after.worker, completed), 2, 's');
  line('server memory (RSS)', residentMib(pid), 0, 'MiB');
  return completed;
};

const measure = async (dataDir: string, settings: Settings, stack?: ServerStack): Promise<void> => {
  const inFlight = Number(settings['in-flight']);
  const world = await startSagaWorld({ dataDir, ...settings, inFlight, settings: stack?.settings });
  try {
    let { completed } = await world.run(Number(settings['warm-up']), inFlight);
    for (let left = Number(settings.rounds); left > 0; left -= 1) completed += await round(world, settings);
    await world.stop();
    if (stack !== undefined) return;
    const value = statSync(join(dataDir, 'log.db')).size / completed;
    say(settings, { id: 'run-bytes', what: 'log.db per run', value, unit: 'bytes' });
  } finally {
    world.kill();
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
  const kind = z.enum(['embedded', 'servers']).parse(values.stack);
  const shape = z.enum(['sequential', 'simultaneous']).parse(values.shape);
  const stack = kind === 'servers' ? await servers() : undefined;
  const dataDir = mkdtempSync(join(values.dir, 'skald-bench-'));
  try {
    const processors = String(availableParallelism());
    console.log(
      `node ${process.version}, ${processors} processors, ${values['in-flight']} in flight, ${shape}`,
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
