import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { liveness } from '../../src/domain/liveness.ts';
import { preflightView } from '../../src/queries/orchestration/preflight-view.ts';
import { explanation } from '../../src/queries/saga/explanation.ts';
import { undoPlanView } from '../../src/queries/saga/undo-plan-view.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const LIMITS = { SILENT_MS: '3000', DEAF_MS: '1000' };
const step = { name: 'create', seq: 1, objectType: 'Tenant' };
const started = z.looseObject({ flowId: z.string() });
const beat = z.strictObject({ service: z.string(), liveness });
const page = z.looseObject({ items: z.array(z.looseObject({ type: z.string() })) });
const polled = z.strictObject({ tasks: z.array(z.looseObject({ attempt: z.int(), flowId: z.string() })) });

/** A server with one orchestration of one step, which `crm` serves, and one run of it. */
const serving = async () => {
  const { address, stop } = await startSkald(freshDirectory(), LIMITS);
  const register = (as: string, service: string) =>
    post(
      `${address}/api/orchestration/register`,
      { orchName: 'tenant', as, steps: [step] },
      { 'x-service-name': service },
    );
  expect((await register('initiator', 'front')).status).toBe(200);
  expect((await register('worker', 'crm')).status).toBe(200);
  const run = read(await post(`${address}/api/orchestration/execute/tenant`, {}), started);
  const get = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    call(`${address}${path}`).then((answer) => read(answer, schema));
  const heartbeat = async () =>
    read(await post(`${address}/api/v1/workers/heartbeat`, { service: 'crm' }), beat).liveness;
  const poll = async () =>
    read(await post(`${address}/api/v1/tasks/poll`, { service: 'crm', waitMs: 5000 }), polled).tasks;
  const answer = (): Promise<unknown> =>
    post(`${address}/api/v1/tasks/responses`, {
      flowId: run.flowId,
      stepName: 'create',
      action: 'DO',
      metadata: { status: 'SUCCESS' },
      payload: Buffer.from('tenant 7').toString('base64'),
    });
  /** Heartbeats, and nothing else, until the service stands like this. */
  const beatUntil = async (state: string): Promise<void> => {
    while ((await heartbeat()).state !== state) await new Promise(setImmediate);
  };
  return { stop, get, heartbeat, beatUntil, poll, answer, flowId: run.flowId };
};

describe('a worker whose heartbeats go on while it takes nothing', () => {
  it('is shown to be deaf by every answer that concerns it, and is back when it polls', async () => {
    const { stop, get, heartbeat, beatUntil, poll, answer, flowId } = await serving();
    expect(await heartbeat()).toMatchObject({ state: 'live', lastPollAt: null });
    await beatUntil('deaf');

    const why = await get(`/api/v1/sagas/${flowId}/explain`, explanation);
    expect(why.words).toContain('nobody has taken it. Of its services, crm is deaf.');
    expect(why.steps).toMatchObject([{ reason: 'with-worker', onOffer: true, held: null }]);
    const before = await get('/api/v1/orchestrations/tenant/preflight', preflightView);
    expect(before.willRun).toBe(false);
    expect(before.problems.map(({ code }) => code)).toEqual(['no_live_worker', 'worker_deaf']);

    expect(await poll()).toMatchObject([{ flowId, attempt: 1 }]);
    expect(await heartbeat()).toMatchObject({ state: 'live', lastClaimAt: expect.any(String) as unknown });
    const held = await get(`/api/v1/sagas/${flowId}/explain`, explanation);
    expect(held.steps).toMatchObject([{ onOffer: false, held: { by: 'crm' } }]);
    const after = await get('/api/v1/orchestrations/tenant/preflight', preflightView);
    expect(after).toMatchObject({ willRun: true, problems: [] });

    await answer();
    const ended = await get(`/api/v1/sagas/${flowId}/explain`, explanation);
    expect(ended).toMatchObject({ status: 'COMPLETED', waiting: null, steps: [] });
    expect(ended.time.spent.map(({ reason }) => reason)).toEqual(['with-worker']);
    const plan = await get(`/api/v1/sagas/${flowId}/undo-plan`, undoPlanView);
    const result = Buffer.from('tenant 7').toString('base64');
    expect(plan.steps).toMatchObject([{ order: 1, step: 'create', state: 'planned', result }]);

    await expect
      .poll(async () => (await get('/api/v1/streams/worker-crm', page)).items.map(({ type }) => type), {
        timeout: 10_000,
      })
      .toEqual(['WorkerDeaf', 'WorkerBack']);
    expect(await stop()).toBe(0);
  });
});
