// Checking a log that was signed, and a bundle of it, each by the command line in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { createExecutor } from '../src/commands/execute.ts';
import { takeCheckpoint } from '../src/commands/witness/take-checkpoint.ts';
import { witnessAggregate } from '../src/domain/witness/aggregate.ts';
import { makeSigningKey } from '../src/infra/cli/audit/keygen.ts';
import { systemClock, systemIds } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import type { EventStore } from '../src/infra/event-store/port.ts';
import { START } from '../src/infra/event-store/port.ts';
import { signingKey } from '../src/infra/witness/signing-key.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';
import { RUN_EVENTS, writeDefinition, writeRuns } from './support/saga-log.ts';
import { startSagaServer } from './support/saga-server.ts';

const HELP = `node bench/audit.ts [--events 1000000] [--bundle 10000] [--quick] [--dir <directory>]
  --events  in the log
  --bundle  events in the bundle
  --quick   20000 and 2000 of them
  --dir     where the data directory is made`;

const MIB = 1024;
const LOOK_MS = 50;
const values = optionsOf(HELP, {
  events: { type: 'string' },
  bundle: { type: 'string' },
  quick: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});
const RUNS = Math.ceil(whole.parse(values.events ?? (values.quick ? 20_000 : 1_000_000)) / RUN_EVENTS);
const BUNDLE = whole.parse(values.bundle ?? (values.quick ? 2000 : 10_000));

const CLI = join(import.meta.dirname, '../src/cli.ts');
const counted = z.object({ events: z.int() });

/** Of a process, in KiB, as long as it is there; not known where there is no /proc. */
const peakOf = (pid: number | undefined): number => {
  const path = `/proc/${pid ?? 'self'}/status`;
  if (!existsSync(path)) return Number.NaN;
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? Number.NaN);
};

/** Runs a command, and reports how many events a second it did and what memory it took at most. */
const measured = async (id: string, what: string, args: readonly string[]): Promise<void> => {
  const start = performance.now();
  const child = spawn(process.execPath, [CLI, ...args, '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peak = Number.NaN;
  const looking = setInterval(() => {
    const found = peakOf(child.pid);
    if (!Number.isNaN(found)) peak = found;
  }, LOOK_MS);
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  await once(child, 'close');
  clearInterval(looking);
  if (child.exitCode !== 0)
    throw new Error(`skald ${args.join(' ')} ended with ${String(child.exitCode)}:\n${printed}`);
  const { events } = counted.parse(JSON.parse(printed));
  report({
    id,
    what: `${what} (${events} events)`,
    value: (1000 * events) / (performance.now() - start),
    unit: '/s',
  });
  report({ id: `${id}-rss`, what: '  peak memory', value: peak / MIB, unit: 'MiB' });
};

const sign = async (store: EventStore, directory: string) => {
  const keys = makeSigningKey(join(directory, 'signing'));
  const deps = { store, clock: systemClock(), ids: systemIds() };
  const signer = signingKey({ file: keys.privateKey, dataDir: join(directory, 'data') });
  const take = takeCheckpoint({ ...deps, signer, witness: createExecutor(deps, witnessAggregate) });
  const start = performance.now();
  const taken = await take({ actor: { kind: 'system', id: 'bench', source: 'cli' } });
  if (taken.kind !== 'done') throw new Error(taken.code);
  const value = (1000 * RUNS * RUN_EVENTS) / (performance.now() - start);
  report({ id: 'audit-sign', what: `signed, in ${taken.value.number} checkpoints`, value, unit: '/s' });
  return keys.publicKey;
};

/** The time at which about so many events had been recorded. */
const timeAfter = async ({ readAll }: EventStore, count: number): Promise<string> => {
  let [after, left, time] = [START, count, ''];
  while (left > 0) {
    const slice = await readAll({ after, max: Math.min(left, 4096) });
    time = slice.events.at(-1)?.metadata.recordedAt ?? time;
    [after, left] = [slice.position, slice.isEnd ? 0 : left - slice.events.length];
  }
  return time;
};

const main = async (directory: string): Promise<void> => {
  const dataDir = join(directory, 'data');
  const store = await embeddedEventStore({ dataDir });
  await writeDefinition(store);
  await writeRuns(store, RUNS);
  const publicKey = await sign(store, directory);
  const to = await timeAfter(store, BUNDLE);
  await store.close();
  const trust = ['--public-key', publicKey];
  const log = ['--offline', '--data-dir', dataDir, ...trust];
  await measured('audit-verify', 'audit verify --offline', ['audit', 'verify', ...log]);
  const server = await startSagaServer({ dataDir, bus: 'off' });
  const bundle = join(directory, 'bundle.gz');
  const url = ['--url', server.address];
  try {
    await measured('audit-verify-http', 'audit verify over HTTP', ['audit', 'verify', ...url, ...trust]);
    const what = ['--category', 'saga', '--to', to, '--out', bundle];
    await measured('audit-export', 'audit export', ['audit', 'export', ...url, ...what]);
  } finally {
    await server.stop();
  }
  report({ id: 'audit-bundle-size', what: '  size', value: statSync(bundle).size / MIB / MIB, unit: 'MiB' });
  await measured('audit-verify-bundle', 'audit verify-bundle', ['audit', 'verify-bundle', bundle, ...trust]);
};

await inDataDir(main, values.dir);
