// Data directories as older versions left them: `before-instances` after SIGTERM, with bus.db in layout 1; `before-traces`
// after SIGKILL, with the last of it in -wal files. They are never edited: where one is not gone on with, an upgrade loses
// something.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { runCli } from '../support/skald-cli.ts';
import { startSkald } from '../support/skald-server.ts';

const expected = z.strictObject({
  /** The last event there was. */
  cursor: z.string(),
  /** Runs that do not move by themselves, and how they stood. */
  runs: z.record(z.string(), z.string()),
  results: z.record(z.string(), z.json()),
  letters: z.array(z.string()),
  instances: z.record(z.string(), z.json()),
  /** Calls with their keys, and what they were answered. */
  calls: z.array(
    z.strictObject({
      ...{ path: z.string(), key: z.string(), service: z.string().optional() },
      ...{ body: z.json(), answer: z.json() },
    }),
  ),
});
type Call = z.output<typeof expected>['calls'][number];
const items = z.looseObject({ items: z.array(z.looseObject({})) });

const folder = fileURLToPath(new URL('directories/', import.meta.url));

const unpacked = (name: string): string => {
  const dataDir = freshDirectory();
  for (const file of readdirSync(join(folder, name)).filter((found) => found.endsWith('.gz'))) {
    const content = gunzipSync(readFileSync(join(folder, name, file)));
    writeFileSync(join(dataDir, file.replace(/\.gz$/, '')), content, { mode: 0o600 });
  }
  return dataDir;
};

it.each(readdirSync(folder))('%s is gone on with', { timeout: 120_000 }, async (name) => {
  const json: unknown = JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8'));
  const { cursor, runs, results, letters, instances, calls } = expected.parse(json);
  // What was made long ago would be deleted now.
  const { address, stop } = await startSkald(unpacked(name), { INSTANCE_KEEP_DAYS: '36500' });
  const get = async (path: string, headers = {}): Promise<unknown> =>
    (await fetch(`${address}${path}`, { headers })).json();

  const caughtUp = `/api/v1/sagas?limit=100&minPosition=${cursor}`;
  const list = items.parse(await get(caughtUp, { prefer: 'wait=20' })).items;
  for (const [flowId, status] of Object.entries(runs)) {
    expect(await get(`/api/v1/sagas/${flowId}`)).toMatchObject({ flowId, status });
    expect(list).toContainEqual(expect.objectContaining({ flowId, status }));
  }
  for (const [flowId, result] of Object.entries(results))
    expect(await get(`/api/v1/sagas/${flowId}`)).toMatchObject({ result });
  for (const id of letters) expect(await get(`/api/v1/dead-letters/${id}`)).toMatchObject({ id });
  for (const [id, value] of Object.entries(instances))
    expect(await get(`/api/v1/instances/${id}`)).toMatchObject({ id, value });
  for (const call of calls) expect(await told(address, call)).toEqual(call.answer);

  const proof = await runCli(['audit', 'verify'], { SKALD_URL: address });
  expect(proof.stdout).toMatch(/^CHAIN +intact$/m);
  expect(await stop()).toBe(0);
});

const told = async (address: string, { path, key, service, body }: Call): Promise<unknown> => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const speaker = service === undefined ? {} : { 'x-service-name': service };
  const init = { method: 'POST', headers: { ...headers, ...speaker }, body: JSON.stringify(body) };
  return (await fetch(`${address}${path}`, init)).json();
};
