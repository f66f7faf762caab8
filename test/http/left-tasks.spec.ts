// Workers that poll over HTTP and give a step up while its tasks lie on offer.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const PATIENCE = { timeout: 20_000, interval: 50 };
const RUNS = 20;

const done = z.object({});
const started = z.looseObject({ flowId: z.string() });
const task = z.looseObject({ flowId: z.string(), stepName: z.string(), attempt: z.int() });
const polled = z.looseObject({ tasks: z.array(task) });
const counted = z.looseObject({ counts: z.record(z.string(), z.int()) });
const reason = z.looseObject({ reason: z.string(), step: z.string().nullable() }).nullable();
const run = z.looseObject({ status: z.string(), waiting: reason });
const explained = z.looseObject({ waiting: reason, words: z.string() });
const timeline = z.looseObject({ items: z.array(z.looseObject({ kind: z.string(), text: z.string() })) });
const answered = z.looseObject({ results: z.array(z.looseObject({ outcome: z.string() })) });

type Task = z.output<typeof task>;

/** The program, with a grace of a second, and what its users do to it. */
const desk = async () => {
  const server = await startSkald(freshDirectory(), { TAKE_BACK_MS: '1000' });
  const api = `${server.address}/api/v1`;
  const get = async <Schema extends z.ZodType>(path: string, schema: Schema) =>
    read(await call(`${api}/${path}`), schema);
  const register = async (as: string, service: string, steps: readonly object[]): Promise<void> => {
    const body = { orchName: 'order', as, type: 'sequential', steps };
    const answer = await post(`${server.address}/api/orchestration/register`, body, {
      'x-service-name': service,
    });
    read(answer, done);
  };
  const start = async (): Promise<string> =>
    read(await post(`${server.address}/api/orchestration/execute/order`, { goods: 1 }), started).flowId;
  const poll = async (max: number): Promise<readonly Task[]> =>
    read(await post(`${api}/tasks/poll`, { service: 'stock', max, waitMs: 0 }), polled).tasks;
  const answer = async (tasks: readonly Task[]) => {
    const answers = tasks.map(({ flowId, stepName, attempt }) => ({
      ...{ flowId, stepName, attempt, action: 'DO', payload: '' },
      metadata: { status: 'SUCCESS' },
    }));
    const { results } = read(await post(`${api}/tasks/responses`, answers), answered);
    return results.map(({ outcome }) => outcome);
  };
  const countOf = async (filter: string) =>
    Object.values((await get(`sagas/counts?${filter}`, counted)).counts).reduce((sum, one) => sum + one, 0);
  return { get, register, start, poll, answer, countOf };
};

describe('a worker that leaves a step whose tasks lie on offer', () => {
  it('leaves runs that say so, keeps what it holds, and finds the rest when it comes back', async () => {
    const { get, register, start, poll, answer, countOf } = await desk();
    await register('initiator', 'front', [{ name: 'reserve', seq: 1, objectType: 'Thing' }]);
    await register('worker', 'stock', [{ name: 'reserve' }]);
    const flowIds = await Promise.all(Array.from({ length: RUNS }, start));
    const held = await poll(5);
    expect(held).toHaveLength(5);

    await register('worker', 'stock', [{ name: 'count' }]);
    await expect.poll(() => countOf('waiting=worker-missing'), PATIENCE).toBe(RUNS - 5);
    expect(await countOf('waiting=with-worker')).toBe(5);
    const left = flowIds.find((flowId) => held.every((task) => task.flowId !== flowId)) ?? '';
    const missing = { reason: 'worker-missing', step: 'reserve' };
    expect(await get(`sagas/${left}`, run)).toMatchObject({ status: 'WAITING', waiting: missing });
    expect(await get(`sagas/${left}/explain`, explained)).toMatchObject({ waiting: missing });
    expect((await get(`sagas/${left}/timeline`, timeline)).items).toContainEqual(
      expect.objectContaining({
        kind: 'StepTakenBack',
        text: 'Step reserve was taken back: nobody had taken it, and nobody was left to (attempt 1)',
      }),
    );
    expect(await poll(100)).toEqual([]);

    await register('worker', 'stock', [{ name: 'reserve' }]);
    const rest: Task[] = [];
    await expect
      .poll(async () => {
        rest.push(...(await poll(100)));
        return rest.length;
      }, PATIENCE)
      .toBe(RUNS - 5);
    expect(rest.every(({ attempt }) => attempt === 2)).toBe(true);
    expect(new Set(await answer([...held, ...rest]))).toEqual(new Set(['accepted']));
    await expect.poll(() => countOf('status=COMPLETED'), PATIENCE).toBe(RUNS);
  }, 30_000);

  it('fails runs that are not to wait, and an answer to what it never held comes too late', async () => {
    const { register, start, answer, countOf } = await desk();
    const step = { name: 'reserve', seq: 1, objectType: 'Thing', onMissingWorker: 'fail' };
    await register('initiator', 'front', [step]);
    await register('worker', 'stock', [{ name: 'reserve' }]);
    const flowId = await start();
    await register('worker', 'stock', [{ name: 'count' }]);
    await expect.poll(() => countOf('status=FAILED'), PATIENCE).toBe(1);
    expect(await answer([{ flowId, stepName: 'reserve', attempt: 1 }])).toEqual(['late']);
  }, 30_000);
});
