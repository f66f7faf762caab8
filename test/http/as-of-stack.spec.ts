// The past on a server as it is started, with its own log, keys and files.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { headersWith, objectWith } from '../support/instance-world.ts';
import { play } from '../support/past-moves.ts';
import { record } from '../support/past-record.ts';
import type { Ask } from '../support/past-record.ts';
import { skaldIn } from '../support/past-world.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const SECRET = 'canary-2b9c';

const started = async (dataDir = freshDirectory(), settings: Readonly<Record<string, string>> = {}) => {
  const skald = await skaldIn(dataDir, settings);
  onTestFinished(skald.close);
  await record(skald.ask);
  return skald;
};

const bodyOf = async (asked: ReturnType<Ask>): Promise<Record<string, unknown>> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse((await asked).text));

const delivered = async (ask: Ask): Promise<string> => {
  const body = { headers: headersWith(), value: objectWith(SECRET) };
  return String((await bodyOf(ask('/api/v1/instances', { body })))['id']);
};

it('what was erased since stays erased in the past; what is not sealed is told as it was', async () => {
  const { ask } = await started();
  const id = await delivered(ask);
  const one = `/api/v1/instances/${id}`;
  const { position } = await record(ask);
  const then = `asOf=${position}`;
  expect((await ask(`${one}?${then}`)).text).toContain(SECRET);
  await ask(one, { method: 'DELETE', body: { reason: 'asked for' } });
  await expect.poll(async () => (await ask(`${one}/history`)).text, WAIT).toContain('"erased"');

  expect(await bodyOf(ask(`${one}?${then}`))).toMatchObject({ headers: null, value: null, deletedAt: null });
  expect(await bodyOf(ask(`${one}/value?${then}`))).toMatchObject({ code: 'instance_deleted' });
  const list = await bodyOf(ask(`/api/v1/instances?${then}`, { headers: { prefer: 'wait=20' } }));
  expect(list).toMatchObject({ items: [{ id, storageStatus: 'STORED', deletedAt: null }] });
  const now = await record(ask);
  const diff = await ask(`${one}?diff=${position}..${now.position}`);
  expect(diff.text).toContain('/erasedAt');
  expect(diff.text).not.toContain(SECRET);
});

it('lists of then are made from the log while the caller waits, and in any case go on being made', async () => {
  const { ask } = await started();
  await play(ask, { kind: 'define', pick: 2 });
  const { position, answers } = await record(ask);
  const then = `/api/v1/orchestrations?asOf=${position}`;
  const first = await ask(then, { headers: { prefer: 'wait=0' } });
  expect([first.status, first.header('retry-after'), first.header('preference-applied')]).toEqual([
    503,
    '2',
    'wait=0',
  ]);
  expect(JSON.parse(first.text)).toMatchObject({ code: 'as_of_building' });
  await expect.poll(async () => (await ask(then, { headers: { prefer: 'wait=0' } })).status, WAIT).toBe(200);
  const second = await ask(then);
  expect([second.text, second.header('skald-as-of-exact')]).toEqual([
    answers.get('/api/v1/orchestrations'),
    'true',
  ]);
});

it('a time is one between two events of the log, or now', async () => {
  const { ask } = await started();
  await play(ask, { kind: 'define', pick: 0 });
  const before = await record(ask);
  await play(ask, { kind: 'define', pick: 1 });
  await record(ask);
  const times = z
    .looseObject({ items: z.array(z.looseObject({ metadata: z.looseObject({ recordedAt: z.string() }) })) })
    .parse(await bodyOf(ask('/api/v1/events')))
    .items.map(({ metadata }) => metadata.recordedAt);
  const then = await ask(`/api/v1/orchestrations/order?asOf=${times[0] ?? ''}`);
  expect(then.text).toBe(before.answers.get('/api/v1/orchestrations/order'));
  expect(then.header('skald-as-of-exact')).toBe('true');
  const now = await ask(`/api/v1/orchestrations/tenant?asOf=${times.at(-1) ?? ''}`);
  expect([now.status, now.header('skald-as-of-exact')]).toEqual([200, 'false']);
  expect(await bodyOf(ask('/api/v1/sagas?asOf=2999-01-01T00:00:00Z'))).toMatchObject({ code: 'as_of_ahead' });
});

it('what was made for questions is gone after the end, and what a crash has left at the next start', async () => {
  const dataDir = freshDirectory();
  const left = join(dataDir, 'as-of', '999999999');
  mkdirSync(left, { recursive: true });
  writeFileSync(join(left, 'read.db'), 'left by a process that is gone');
  const first = await skaldIn(dataDir);
  expect(existsSync(left)).toBe(false);
  const { position } = await record(first.ask);
  await first.ask(`/api/v1/sagas?asOf=${position}`, { headers: { prefer: 'wait=20' } });
  expect(readdirSync(join(dataDir, 'as-of', String(process.pid)))).toEqual(['1']);
  await first.close();
  expect(readdirSync(join(dataDir, 'as-of'))).toEqual([]);
});
