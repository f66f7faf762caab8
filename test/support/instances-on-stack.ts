// Instances from the outside, over HTTP and the command line: the same story on whatever a server stands on.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from './fresh-directory.ts';
import { call, post, read } from './http-calls.ts';
import { jsonOf, runCli } from './skald-cli.ts';
import type { SkaldServer } from './skald-server.ts';

const SLOW = { timeout: 180_000 };
const WAIT = { timeout: 60_000, interval: 200 };
const COUNT = 60;
const OLD = 20;
const DAY_MS = 86_400_000;
const CANARY = 'canary-6f1d';

const row = z.object({ id: z.string(), held: z.boolean(), erasedAt: z.string().nullable() });
const list = z.object({ items: z.array(row) });
const counts = z.object({ storage: z.record(z.string(), z.int()) });
const retention = z.object({
  current: z.unknown(),
  last: z.object({ runId: z.string(), deleted: z.int(), kept: z.looseObject({ held: z.int() }) }).nullable(),
});
const history = z.object({ items: z.array(z.object({ category: z.string() })) });
const batch = z.object({ isFinished: z.boolean(), results: z.array(z.object({ outcome: z.string() })) });

const lineOf = (number: number): string =>
  JSON.stringify({
    headers: { sourceApplicationId: '9007199254740993', correlationId: crypto.randomUUID(), fileIds: [] },
    value: { valuePerKey: { title: `${CANARY}-${number}` }, objectCollectionPerKey: {} },
    createdAt: new Date(Date.now() - (number < OLD ? 100 : 1) * DAY_MS).toISOString(),
  });

/** @param start a server of its own, without retention by itself within the test. */
export const instancesOnStack = (name: string, start: () => Promise<Pick<SkaldServer, 'address'>>): void => {
  describe(`instances on ${name}`, SLOW, () => {
    it('come in from a file, are asked for again, and go when their time is up, with a receipt', async () => {
      const { address } = await start();
      const api = `${address}/api/v1/instances`;
      const file = join(freshDirectory(), 'instances.ndjson');
      writeFileSync(file, Array.from({ length: COUNT }, (_, number) => lineOf(number)).join('\n'));
      const imported = () => runCli(['instance', 'import', file, '-o', 'json'], { SKALD_URL: address });
      expect(jsonOf(await imported())).toMatchObject({ received: COUNT, repeated: 0, bad: 0 });
      expect(jsonOf(await imported())).toMatchObject({ received: 0, repeated: COUNT, bad: 0 });
      const stored = async () => read(await call(`${api}/counts`), counts).storage;
      await expect.poll(stored, WAIT).toMatchObject({ STORED: COUNT });

      const { items } = read(await call(`${api}?sort=createdAt&limit=${OLD}`), list);
      const [held = '', expired = ''] = items.map(({ id }) => id);
      expect((await call(`${api}/${expired}`)).text).toContain(CANARY);
      expect((await call(`${api}/${expired}/value`)).text).toContain('"9007199254740993"');

      const reference = `${address}/api/intern/handlinger/instanser`;
      expect(await call(`${reference}/${expired}/prov-igjen`, { method: 'POST' })).toEqual({
        ...{ status: 200, text: '' },
      });
      const asked = await fetch(`${reference}/prov-igjen/batch`, {
        ...{ method: 'POST', body: `[${held},${expired},9223372036854775807]` },
        headers: { 'content-type': 'application/json' },
      });
      expect([asked.status, await asked.text()]).toEqual([200, '']);
      const results = read(await call(`${address}${asked.headers.get('location') ?? ''}`), batch);
      expect(results.results.map(({ outcome }) => outcome)).toEqual(['requested', 'requested', 'not-found']);

      read(await post(`${api}/${held}/hold`, { reason: 'a court asks for it' }), z.object({}));
      // What the bridge has not passed on yet stays: a run finds the rest once it has.
      const gone = async (): Promise<number> => {
        expect((await post(`${api}/retention/runs`, {})).status).toBeOneOf([202, 409]);
        await expect
          .poll(async () => read(await call(`${api}/retention`), retention).current, WAIT)
          .toBe(null);
        return (await stored())['STORED_AND_DELETED'] ?? 0;
      };
      await expect.poll(gone, WAIT).toBe(OLD - 1);
      expect(read(await call(`${api}/retention`), retention).last?.kept).toMatchObject({ held: 1 });

      const categories = async () =>
        read(await call(`${api}/${expired}/history`), history).items.map(({ category }) => category);
      await expect.poll(categories, WAIT).toContain('erased');
      expect((await categories()).slice(-2)).toEqual(['deleted', 'erased']);
      expect((await call(`${api}/${expired}/value`)).status).toBe(410);
      const shown = await call(`${api}/${expired}`);
      expect(shown.status).toBe(200);
      expect(shown.text).not.toContain(CANARY);
      expect((await call(`${api}/${held}`)).text).toContain(CANARY);
      const left = read(await call(`${api}?storageStatus=STORED&limit=100&sort=id`), list).items;
      expect(left).toHaveLength(COUNT - OLD + 1);
    });
  });
};
