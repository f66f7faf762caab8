// Timers from outside: the program as it is started, and what is done to them over HTTP.
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const HOUR = 3_600_000;
const done = z.looseObject({ position: z.string() });
const timers = z.object({
  items: z.array(
    z.looseObject({ flowId: z.string(), dueAt: z.string(), kind: z.string(), revision: z.int() }),
  ),
});
const run = z.looseObject({
  ...{ status: z.string(), revision: z.int() },
  steps: z.array(z.looseObject({ do: z.looseObject({ status: z.string(), attempt: z.int() }).nullable() })),
});
const started = z.looseObject({ flowId: z.string() });
const polled = z.looseObject({ tasks: z.array(z.looseObject({ flowId: z.string(), attempt: z.int() })) });
const shift = z.looseObject({ isFinished: z.boolean(), timersMoved: z.int() });

/** A server with an orchestration whose step is tried again an hour after it failed. */
const world = async () => {
  const { address } = await startSkald(freshDirectory());
  const register = `${address}/api/orchestration/register`;
  const retry = { maxRetries: 3, backoffMs: HOUR, jitter: 0 };
  const step = { name: 'book', seq: 1, objectType: 'trip', retry };
  read(
    await post(register, { orchName: 'trip', as: 'initiator', type: 'sequential', steps: [step] }),
    z.object({}),
  );
  const worker = { orchName: 'trip', as: 'worker', steps: [{ name: 'book', objectType: 'trip' }] };
  read(await post(register, worker, { 'x-service-name': 'trip-worker' }), z.object({}));
  const poll = async () => {
    const asked = { service: 'trip-worker', max: 10, waitMs: 5000 };
    return read(await post(`${address}/api/v1/tasks/poll`, asked), polled).tasks;
  };
  /** A run that backs off. */
  const failed = async (): Promise<string> => {
    const { flowId } = read(await post(`${address}/api/orchestration/execute/trip`, {}), started);
    const [task] = await poll();
    const answer = { flowId, orchName: 'trip', stepName: 'book', attempt: task?.attempt, action: 'DO' };
    const metadata = { status: 'FAILED', error: 'closed', code: 'closed', retryable: true };
    read(
      await post(`${address}/api/v1/tasks/responses`, [{ ...answer, metadata, payload: '' }]),
      z.object({}),
    );
    return flowId;
  };
  const listed = async (position: string) => {
    const url = `${address}/api/v1/timers?minPosition=${position}`;
    return read(await call(url, { headers: { prefer: 'wait=10' } }), timers).items;
  };
  const of = async (flowId: string) => read(await call(`${address}/api/v1/sagas/${flowId}`), run);
  const steer = async (flowId: string, verb: string, revision: number, body: object) =>
    post(`${address}/api/v1/timers/${flowId}/book/do/${verb}`, body, { 'if-match': `"${revision}"` });
  return { address, poll, failed, listed, of, steer };
};

describe('the timers of a server', () => {
  it('are listed, moved, cancelled, fired, and shifted together', { timeout: 60_000 }, async () => {
    const { address, poll, failed, listed, of, steer } = await world();
    const flowId = await failed();
    const { revision } = await of(flowId);
    const reason = 'they are closed';
    const dueAt = '2030-01-01T00:00:00.000Z';
    expect((await steer(flowId, 'reschedule', revision - 1, { dueAt, reason })).status).toBe(412);
    const moved = read(await steer(flowId, 'reschedule', revision, { dueAt, reason }), done);
    const [timer] = await listed(moved.position);
    expect(timer).toMatchObject({ flowId, dueAt, kind: 'retry', revision: revision + 1 });

    const cancelled = read(await steer(flowId, 'cancel', revision + 1, { reason }), done);
    expect(await listed(cancelled.position)).toEqual([]);
    expect(await of(flowId)).toMatchObject({ status: 'WAITING', steps: [{ do: { status: 'BLOCKED' } }] });
    read(await post(`${address}/api/v1/sagas/${flowId}/steps/book/retry`, {}), done);
    expect(await poll()).toMatchObject([{ flowId, attempt: 2 }]);

    const other = await failed();
    read(await steer(other, 'fire', (await of(other)).revision, { reason }), done);
    expect(await poll()).toMatchObject([{ flowId: other, attempt: 2 }]);

    const third = await failed();
    const asked = { filter: { kind: 'retry' }, byMs: -2 * HOUR, reason };
    const answer = await vi.waitUntil(async () => {
      const made = read(
        await post(`${address}/api/v1/timers/shift`, asked),
        z.looseObject({ runs: z.int() }),
      );
      return made.runs === 1 ? made : undefined;
    });
    const url = `${address}/api/v1/timers/shifts/${String(answer['shiftId'])}`;
    const view = await vi.waitUntil(async () => {
      const found = read(await call(url), shift);
      return found.isFinished ? found : undefined;
    });
    expect(view).toMatchObject({ timersMoved: 1, results: [{ flowId: third, outcome: 'moved' }] });
    expect(await poll()).toMatchObject([{ flowId: third, attempt: 2 }]);
  });
});
