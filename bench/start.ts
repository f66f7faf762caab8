// How long a start takes with many finished runs in the log, with and without the snapshot of open runs:
// `node bench/start.ts --help`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { RUN_EVENTS, writeRuns } from './support/saga-log.ts';

const HELP = `node bench/start.ts [--events 1000000] [--dir <directory>]
  --events  in the log, all of them of runs that have ended
  --dir     where the data directory is made`;

const options = {
  events: { type: 'string', default: '1000000' },
  dir: { type: 'string', default: tmpdir() },
  help: { type: 'boolean', default: false },
} as const;

const MAIN = join(import.meta.dirname, '../src/main.ts');

const started = async (dataDir: string) => {
  const begun = performance.now();
  const settings = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn', BRIDGE_FROM: 'now' };
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /serving on (http:\S+)/.exec(line)?.[1];
    if (address !== undefined && child.pid !== undefined)
      return { child, pid: child.pid, address, ms: performance.now() - begun };
  }
  throw new Error('Skald did not start');
};

const status = z.object({
  items: z.array(z.object({ state: z.string(), lag: z.object({ events: z.number() }) })),
});

/** What the read models still have to fold is no part of a start, but would disturb the next one. */
const caughtUp = async (address: string): Promise<void> => {
  for (;;) {
    const { items } = status.parse(await (await fetch(`${address}/api/v1/projections`)).json());
    if (items.every(({ state, lag }) => state === 'live' && lag.events === 0)) return;
    await pause(500);
  }
};

const rssMiB = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) / 1024;

const measure = async (name: string, dataDir: string): Promise<void> => {
  const { child, pid, address, ms } = await started(dataDir);
  const rss = rssMiB(pid);
  await caughtUp(address);
  child.kill('SIGTERM');
  await once(child, 'exit');
  console.log(`${name.padEnd(44)} ${(ms / 1000).toFixed(2).padStart(8)} s   RSS ${rss.toFixed(0)} MiB`);
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const events = z.coerce.number().int().min(RUN_EVENTS).parse(values.events);
  const dataDir = mkdtempSync(join(values.dir, 'skald-bench-'));
  try {
    await measure('an empty log', dataDir);
    const store = await embeddedEventStore({ dataDir });
    await writeRuns(store, Math.ceil(events / RUN_EVENTS));
    await store.close();
    await measure(`${String(events)} events behind the snapshot`, dataDir);
    await measure('the same, with a snapshot of their end', dataDir);
    rmSync(join(dataDir, 'snapshots'), { recursive: true });
    await measure('the same, without any snapshot', dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
};

await main();
