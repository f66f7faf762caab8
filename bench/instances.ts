// Imports a generated NDJSON file through the command line into a server of its own, and asks for what came in:
// `node bench/instances.ts [--instances 277000] [--bytes 1000] [--in-flight 4] [--old 100000]`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { inDataDir } from './support/data-dir.ts';
import { latenciesOf } from './support/latencies.ts';
import { cpuSeconds } from './support/machine.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';
import { startSagaServer } from './support/saga-server.ts';

const HELP = `Imports a generated file of instances, and queries what came in.
  --instances N   how many (10000)
  --bytes N       of the text in each (1000)
  --in-flight N   requests at a time (4)
  --old N         made longer ago than retention keeps them: one run deletes them (0)`;
const given = optionsOf(HELP, {
  instances: { type: 'string', default: '10000' },
  bytes: { type: 'string', default: '1000' },
  'in-flight': { type: 'string', default: '4' },
  old: { type: 'string', default: '0' },
});
const instances = whole.parse(given.instances);
const bytes = whole.parse(given.bytes);
const old = z.coerce.number().int().min(0).max(instances).parse(given.old);
const QUERIES = 300;
const DAY_MS = 86_400_000;

const lineOf = (number: number): string => {
  const ageDays = number < old ? 100 : 1;
  return JSON.stringify({
    headers: {
      ...{ sourceApplicationId: String(number % 5), correlationId: crypto.randomUUID(), fileIds: [] },
      ...{ sourceApplicationIntegrationId: `form-${number % 20}`, integrationId: String(number % 20) },
    },
    value: {
      valuePerKey: { title: `instance ${number}`, text: 'x'.repeat(bytes) },
      objectCollectionPerKey: { files: [{ valuePerKey: { name: 'a.pdf' }, objectCollectionPerKey: {} }] },
    },
    createdAt: new Date(Date.now() - ageDays * DAY_MS).toISOString(),
  });
};

const generate = async (path: string): Promise<void> => {
  const file = createWriteStream(path);
  for (let number = 0; number < instances; number += 1)
    if (!file.write(`${lineOf(number)}\n`)) await once(file, 'drain');
  file.end();
  await once(file, 'finish');
};

const summary = z.looseObject({
  received: z.int(),
  bad: z.int(),
  seconds: z.number(),
  perSecond: z.number(),
});

/** The command line as people start it, its progress on the terminal. */
const importFile = async (address: string, path: string): Promise<z.output<typeof summary>> => {
  const skald = join(import.meta.dirname, '../bin/skald.js');
  const args = ['instance', 'import', path, '--in-flight', given['in-flight'], '--url', address];
  const child = spawn(process.execPath, [skald, ...args, '-o', 'json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'close');
  return summary.parse(JSON.parse(printed));
};

const page = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) });
const counts = z.looseObject({ total: z.int() });

const get = async (url: string): Promise<unknown> => (await fetch(url)).json();

/** Until lists show all that came in: how long that takes after the last of it. */
const untilListed = async (base: string): Promise<number> => {
  const start = performance.now();
  while (counts.parse(await get(`${base}/counts`)).total < instances) await pause(50);
  return (performance.now() - start) / 1000;
};

const measured = async (what: string, urlOf: (n: number) => string): Promise<void> => {
  const took: number[] = [];
  for (let n = 0; n < QUERIES; n += 1) {
    const start = performance.now();
    const response = await fetch(urlOf(n));
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`HTTP ${response.status} from ${urlOf(n)}`);
    took.push(performance.now() - start);
  }
  const { p50, p99 } = latenciesOf(took);
  const id = `instances.${what.replaceAll(/\W+/g, '-')}`;
  report({ id: `${id}.p50`, what: `${what}, p50`, value: p50, unit: 'ms' });
  report({ id: `${id}.p99`, what: `${what}, p99`, value: p99, unit: 'ms' });
};

const query = async (base: string): Promise<void> => {
  const { items } = page.parse(await get(`${base}?limit=500`));
  const idAt = (n: number): string => items[n % items.length]?.id ?? '';
  await measured('a page of 50, the newest', () => base);
  await measured('a page of 50 of one application', (n) => `${base}?sourceApplicationId=${n % 5}`);
  await measured('counts by status', () => `${base}/counts`);
  await measured('one instance with its value', (n) => `${base}/${idAt(n)}`);
  await measured('the history of one', (n) => `${base}/${idAt(n)}/history`);
};

const stored = z.looseObject({ storage: z.looseObject({ STORED: z.int(), STORED_AND_DELETED: z.int() }) });
const retention = z.looseObject({ last: z.looseObject({ deleted: z.int(), failed: z.int() }).nullable() });
const made = z.looseObject({ items: z.array(z.looseObject({ createdAt: z.string() })) });

const storageOf = async (base: string) => stored.parse(await get(`${base}/counts`)).storage;

/** One run of retention, and until lists show what it did. */
const deleteOld = async (base: string): Promise<void> => {
  const start = performance.now();
  await fetch(`${base}/retention/runs`, { method: 'POST' });
  const ended = async () => retention.parse(await get(`${base}/retention`)).last;
  while ((await ended()) === null) await pause(200);
  const seconds = (performance.now() - start) / 1000;
  const { deleted, failed } = z.object({ deleted: z.int(), failed: z.int() }).parse(await ended());
  while ((await storageOf(base)).STORED_AND_DELETED < deleted) await pause(200);
  await assertExact(base, { deleted, failed });
  report({ id: 'instances.retention', what: `${old} deleted by one run`, value: old / seconds, unit: '/s' });
};

/** @throws where anything else went than what is old. */
const assertExact = async (base: string, run: { readonly deleted: number; readonly failed: number }) => {
  const { STORED: left, STORED_AND_DELETED: gone } = await storageOf(base);
  const oldest = made.parse(await get(`${base}?storageStatus=STORED&sort=createdAt&limit=1`)).items[0];
  const found = {
    ...run,
    gone,
    left,
    isOldLeft: Date.parse(oldest?.createdAt ?? '') < Date.now() - 2 * DAY_MS,
  };
  const wanted = { deleted: old, failed: 0, gone: old, left: instances - old, isOldLeft: false };
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`retention left ${JSON.stringify(found)}, and not ${JSON.stringify(wanted)}`);
};

await inDataDir(async (dataDir) => {
  const path = join(dataDir, 'instances.ndjson');
  await generate(path);
  const server = await startSagaServer({
    ...{ dataDir: join(dataDir, 'data'), bus: 'off' },
    // Retention runs once, when it is asked to.
    settings: { BUS: 'off', RETENTION_DELAY: '24h' },
  });
  const base = `${server.address}/api/v1/instances`;
  const before = cpuSeconds(server.pid) ?? Number.NaN;
  const { received, bad, perSecond } = await importFile(server.address, path);
  if (received !== instances || bad > 0) throw new Error(`${received} of ${instances} came in, ${bad} bad`);
  const cpu = (cpuSeconds(server.pid) ?? Number.NaN) - before;
  report({ id: 'instances.import', what: `instances imported`, value: perSecond, unit: '/s' });
  report({
    id: 'instances.cpu',
    what: 'CPU of the server a thousand',
    value: (1000 * cpu) / instances,
    unit: 's',
  });
  report({ id: 'instances.listed', what: 'until all are listed', value: await untilListed(base), unit: 's' });
  await query(base);
  if (old > 0) await deleteOld(base);
  await server.stop();
});
