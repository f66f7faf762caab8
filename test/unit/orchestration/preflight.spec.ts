import { describe, expect, it } from 'vitest';
import type { Liveness } from '../../../src/domain/liveness.ts';
import { preflightView } from '../../../src/queries/orchestration/preflight-view.ts';
import { preflight } from '../../../src/queries/orchestration/preflight.ts';
import { runInLog } from '../../support/run-in-log.ts';
import type { RunInLog } from '../../support/run-in-log.ts';
import { sequential, step } from '../../support/saga-builders.ts';

const chain = sequential([step('create'), step('mail')]);
type States = Readonly<Record<string, Liveness['state']>>;

const asked = async ({ store }: RunInLog, states: States = {}, name = 'tenant') => {
  const livenessOf = (service: string): Liveness => ({
    state: states[service] ?? 'live',
    lastPollAt: null,
    lastHeartbeatAt: null,
    lastClaimAt: null,
  });
  return preflightView.optional().parse(await preflight({ store, livenessOf })(name));
};

/** `create` is served by crm and crm-2, `mail` by post. */
const ready = async (): Promise<RunInLog> => {
  const log = await runInLog();
  await log.defined(chain);
  await log.served('crm', 'create');
  await log.served('crm-2', 'create');
  await log.served('post', 'mail');
  return log;
};

describe('preflight', () => {
  it('is undefined for a name nobody has registered', async () => {
    expect(await asked(await runInLog())).toBeUndefined();
  });

  it('finds nothing where every step has a live worker', async () => {
    expect(await asked(await ready())).toMatchObject({ willRun: true, status: 'SUCCESS', problems: [] });
  });

  it('blocks without a definition, and says what workers would serve', async () => {
    const log = await runInLog();
    await log.served('crm', 'create');
    expect(await asked(log)).toMatchObject({
      willRun: false,
      status: 'FAILED',
      problems: [{ code: 'definition_missing', isBlocking: true }],
    });
  });

  it('blocks on a definition that was refused, with the reason', async () => {
    const log = await runInLog();
    await log.registered({
      type: 'DefinitionRefused',
      data: { initiator: 'front', code: 'no_steps', detail: 'A definition needs at least one step' },
    });
    expect((await asked(log))?.problems).toEqual([
      {
        code: 'definition_refused',
        isBlocking: true,
        detail: 'The definition was refused: A definition needs at least one step',
      },
    ]);
  });

  it.each([
    ['wait', 'the run would wait here'],
    ['fail', 'the step would fail'],
  ] as const)('blocks on a step without a worker that would %s', async (onMissingWorker, words) => {
    const log = await runInLog();
    await log.defined(sequential([step('create', { onMissingWorker })]));
    const found = await asked(log);
    expect(found).toMatchObject({
      willRun: false,
      problems: [{ code: 'worker_missing', isBlocking: true, step: 'create' }],
    });
    expect(found?.problems[0]?.detail).toContain(words);
  });

  it('blocks where every worker of a step is silent or deaf', async () => {
    const found = await asked(await ready(), { crm: 'silent', 'crm-2': 'deaf' });
    expect(found?.willRun).toBe(false);
    expect(
      found?.problems.map(({ code, isBlocking, step: on, service }) => [code, isBlocking, on, service]),
    ).toEqual([
      ['no_live_worker', true, 'create', undefined],
      ['worker_silent', false, 'create', 'crm'],
      ['worker_deaf', false, 'create', 'crm-2'],
    ]);
  });

  it('names a silent worker whose work another one can take, and one that was not heard of yet', async () => {
    const found = await asked(await ready(), { crm: 'silent', post: 'unseen' });
    expect(found).toMatchObject({
      willRun: true,
      problems: [
        { code: 'worker_silent', step: 'create', service: 'crm' },
        { code: 'worker_unseen', step: 'mail', service: 'post' },
      ],
    });
  });

  it('says nothing of a worker over Kafka, of which nothing is heard before it answers', async () => {
    const log = await ready();
    const steps = [{ name: 'mail', objectType: null, transport: 'kafka' as const }];
    await log.registered({ type: 'WorkersRegistered', data: { service: 'post', steps, unknown: [] } });
    for (const state of ['unseen', 'silent'] as const)
      expect(await asked(log, { post: state })).toMatchObject({ willRun: true, problems: [] });
    await log.served('post-2', 'mail');
    expect(await asked(log, { post: 'unseen', 'post-2': 'silent' })).toMatchObject({
      willRun: true,
      problems: [{ code: 'worker_silent', step: 'mail', service: 'post-2' }],
    });
  });

  it('names what workers offer and the definition does not have', async () => {
    const log = await ready();
    await log.served('extra', 'create', 'audit');
    expect(await asked(log)).toMatchObject({
      willRun: true,
      problems: [
        { code: 'unknown_step', step: 'audit', detail: expect.stringContaining('extra') as unknown },
      ],
    });
  });

  it('names retries that take longer than the deadlines of their step', async () => {
    const log = await runInLog();
    const retry = { maxRetries: 3, backoffMs: 1000, factor: 2, maxBackoffMs: 60_000 };
    const steps = [
      step('create', { retry, timeoutMs: 6999, scheduleTimeoutMs: 6999 }),
      step('mail', { retry, timeoutMs: 7000, scheduleTimeoutMs: 7000 }),
    ];
    await log.defined(sequential(steps));
    await log.served('crm', 'create', 'mail');
    const found = await asked(log);
    expect(found?.willRun).toBe(true);
    expect(found?.problems.map(({ code, step: on }) => [code, on])).toEqual([
      ['retries_outlast_timeout', 'create'],
      ['retries_outlast_schedule_timeout', 'create'],
    ]);
    expect(found?.problems[0]?.detail).toContain('add up to 7000 ms');
  });
});
