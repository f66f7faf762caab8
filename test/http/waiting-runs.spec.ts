import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const RUNS = 1000;
const STEPS = ['reserve', 'charge', 'ship'];
const PATIENCE = { timeout: 20_000, interval: 50 };

const done = z.object({});
const task = z.looseObject({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  attempt: z.int(),
});
const polled = z.looseObject({ tasks: z.array(task) });
const counted = z.looseObject({ counts: z.record(z.string(), z.int()) });
const run = z.looseObject({
  flowId: z.string(),
  startedAt: z.string(),
  missing: z.array(z.string()),
  waiting: z.looseObject({ reason: z.string(), step: z.string().nullable(), since: z.string() }).nullable(),
});
const runs = z.looseObject({ items: z.array(run), nextCursor: z.string().nullish() });
const incident = z.looseObject({
  ...{ state: z.string(), waited: z.int(), resumed: z.int(), waiting: z.int(), gone: z.int() },
  ...{ suppliedBy: z.array(z.string()), until: z.string().nullable() },
});
const diary = z.looseObject({ items: z.array(z.looseObject({ open: z.boolean(), latest: incident })) });

/** The program and what a user does to it over HTTP. */
const shop = async () => {
  const { address, stop } = await startSkald(freshDirectory());
  const get = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
    read(await call(`${address}/api/v1/${path}`), schema);
  const register = async (as: string, service: string, steps: readonly object[]): Promise<void> => {
    const body = { orchName: 'order', as, type: 'sequential', steps };
    read(await post(`${address}/api/orchestration/register`, body, { 'x-service-name': service }), done);
  };
  /** Polls and answers until the signal aborts. */
  const work = async (service: string, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const asked = await post(`${address}/api/v1/tasks/poll`, { service, max: 100, waitMs: 200 });
      const answers = read(asked, polled).tasks.map(({ flowId, orchName, stepName, attempt }) => ({
        ...{ flowId, orchName, stepName, attempt, action: 'DO', payload: '' },
        metadata: { status: 'SUCCESS' },
      }));
      if (answers.length > 0) read(await post(`${address}/api/v1/tasks/responses`, answers), done);
    }
  };
  const startAll = async (count: number): Promise<void> => {
    let left = count;
    const starter = async (): Promise<void> => {
      for (; left > 0;) {
        left -= 1;
        read(await post(`${address}/api/orchestration/execute/order`, { goods: 1 }), done);
      }
    };
    await Promise.all(Array.from({ length: 20 }, starter));
  };
  const countOf = async (filter: string) =>
    Object.values((await get(`sagas/counts?${filter}`, counted)).counts).reduce((sum, one) => sum + one, 0);
  return { get, register, work, startAll, countOf, stop };
};

type Shop = Awaited<ReturnType<typeof shop>>;

/** Every page of the runs that wait for a worker. */
const waitingFor = async ({ get }: Shop) => {
  const found: z.output<typeof run>[] = [];
  for (let cursor = ''; ;) {
    const page = await get(`sagas?waiting=worker-missing&limit=500${cursor}`, runs);
    found.push(...page.items);
    if (typeof page.nextCursor !== 'string') return found;
    cursor = `&cursor=${page.nextCursor}`;
  }
};

describe('a thousand runs that wait for a worker nobody has registered', () => {
  it('say what they wait for and since when, and all finish by themselves once it is there', async () => {
    const server = await shop();
    await server.register(
      'initiator',
      'front',
      STEPS.map((name, index) => ({ name, seq: index + 1, objectType: 'Thing' })),
    );
    await server.register('worker', 'stock', [{ name: 'reserve' }]);
    await server.register('worker', 'fleet', [{ name: 'ship' }]);
    const over = new AbortController();
    const working = [server.work('stock', over.signal), server.work('fleet', over.signal)];
    await server.startAll(RUNS);
    await expect.poll(() => server.countOf('waiting=worker-missing'), PATIENCE).toBe(RUNS);
    const waiting = await waitingFor(server);
    expect(new Set(waiting.map(({ flowId }) => flowId)).size).toBe(RUNS);
    for (const { waiting: why, missing, startedAt } of waiting) {
      expect(why).toMatchObject({ reason: 'worker-missing', step: 'charge' });
      expect(Date.parse(why?.since ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
      expect(missing).toEqual(['charge']);
    }

    await server.register('worker', 'bank', [{ name: 'charge' }]);
    working.push(server.work('bank', over.signal));
    await expect.poll(() => server.countOf('status=COMPLETED'), PATIENCE).toBe(RUNS);
    over.abort();
    await Promise.all(working);
    await expect
      .poll(async () => (await server.get('healing?orchName=order&step=charge', diary)).items, PATIENCE)
      .toMatchObject([
        {
          open: false,
          latest: { state: 'over', waited: RUNS, resumed: RUNS, waiting: 0, gone: 0, suppliedBy: ['bank'] },
        },
      ]);
    expect(await waitingFor(server)).toEqual([]);
    expect(await server.stop()).toBe(0);
  }, 30_000);
});
