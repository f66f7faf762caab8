import { describe, expect, it } from 'vitest';
import type { Liveness } from '../../../src/domain/liveness.ts';
import { explainSaga } from '../../../src/queries/saga/explain-saga.ts';
import type { ExplainDeps } from '../../../src/queries/saga/explain-saga.ts';
import { explanation } from '../../../src/queries/saga/explanation.ts';
import { runInLog } from '../../support/run-in-log.ts';
import type { RunInLog } from '../../support/run-in-log.ts';
import { NOW, sequential, simultaneous, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';
import { FLOW } from '../../support/saga-stored.ts';

const both = simultaneous([step('create'), step('mail')]);
const chain = sequential([step('create'), step('mail')]);
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const standing = (state: Liveness['state']): Liveness => ({
  state,
  lastPollAt: null,
  lastHeartbeatAt: null,
  lastClaimAt: null,
});

const explained = async ({ store, clock }: RunInLog, known: Partial<ExplainDeps> = {}, flowId = FLOW) => {
  const explain = explainSaga({
    store,
    now: clock.now,
    holderOf: () => Promise.resolve(undefined),
    livenessOf: () => standing('live'),
    servicesOf: () => [],
    ...known,
  });
  return explanation.optional().parse(await explain(flowId));
};

describe('why a run waits', () => {
  it('is undefined for an unknown run', async () => {
    expect(await explained(await runInLog())).toBeUndefined();
  });

  it('names the step without a worker, who served it and who serves one of its name elsewhere', async () => {
    const log = await runInLog();
    await log.defined(both);
    await log.served('crm', 'create');
    await log.served('crm');
    await log.served('post', 'mail');
    await log.ran(event.started(both), event.workerMissing('create'), event.dispatched('mail'));
    const servicesOf = () => [
      { service: 'other', orchName: 'shop' },
      { service: 'post', orchName: 'tenant' },
    ];
    const why = await explained(log, { servicesOf, livenessOf: () => standing('silent') });
    expect(why).toMatchObject({
      status: 'IN_PROGRESS',
      waiting: { reason: 'worker-missing', step: 'create', since: at(0), until: null },
      words:
        `Step create has no worker since ${at(0)}. It was served by crm. ` +
        'A step of this name is served by other (shop). 1 more step is open.',
    });
    expect(why?.steps[0]?.services).toEqual([
      { service: 'crm', orchName: 'tenant', why: 'served-before', liveness: standing('silent') },
      { service: 'other', orchName: 'shop', why: 'serves-elsewhere', liveness: standing('silent') },
    ]);
  });

  it('says the first of many who could serve the step, and lists them all', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(event.started(chain), event.workerMissing('create'));
    const many = Array.from({ length: 7 }, (_, number) => ({ service: `s${number}`, orchName: 'shop' }));
    const why = await explained(log, { servicesOf: () => many });
    expect(why?.words).toContain(
      'is served by s0 (shop), s1 (shop), s2 (shop), s3 (shop), s4 (shop) and 2 more.',
    );
    expect(why?.steps[0]?.services).toHaveLength(7);
  });

  it('says so where no service is known that could serve the step', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(event.started(chain), event.workerMissing('create'));
    const why = await explained(log);
    expect(why?.words).toBe(
      `Step create has no worker since ${at(0)}. No service is known that could serve it.`,
    );
    expect(why?.next).toEqual({
      words: 'create is handed out when a worker for it registers.',
      step: 'create',
      at: null,
    });
  });

  it('says who holds a task, since when, until when, and what was said of it', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.served('crm', 'create');
    await log.ran(event.started(chain), event.dispatched('create'));
    const claim = { by: 'crm', at: NOW + 10, leaseUntil: NOW + 30_010, deadline: NOW + 60_010 };
    const asked: unknown[] = [];
    const why = await explained(log, {
      holderOf: (task) => {
        asked.push(task);
        return Promise.resolve({ claim, progress: { percent: 40 } });
      },
    });
    expect(asked).toEqual([{ flowId: FLOW, step: 'create', action: 'do', iteration: 0, attempt: 1 }]);
    expect(why?.steps).toMatchObject([
      {
        reason: 'with-worker',
        held: {
          by: 'crm',
          since: at(10),
          leaseUntil: at(30_010),
          deadline: at(60_010),
          progress: { percent: 40 },
        },
        onOffer: false,
        words: `Step create is with crm since ${at(10)}; its lease runs until ${at(30_010)}. Of its services, crm is live.`,
      },
    ]);
    expect(why?.next).toMatchObject({ step: 'create', at: at(30_010) });
  });

  it('says of a task that somebody has when that one is given up, not how long it might have been on offer', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.served('crm', 'create');
    await log.ran(event.started(chain), event.dispatched('create', { until: NOW + 5 }));
    const claim = { by: 'crm', at: NOW + 4, leaseUntil: NOW + 30_004, deadline: NOW + 20_004 };
    const why = await explained(log, { holderOf: () => Promise.resolve({ claim, progress: null }) });
    const until = at(20_004);
    expect(why).toMatchObject({ waiting: { until }, steps: [{ until }], next: { at: until } });
  });

  it('says that a task is on offer, and how its services stand', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.served('crm', 'create');
    await log.served('crm-2', 'create');
    await log.ran(event.started(chain), event.dispatched('create', { until: NOW + 5000 }));
    const livenessOf = (service: string) => standing(service === 'crm' ? 'deaf' : 'silent');
    const why = await explained(log, { livenessOf });
    expect(why?.steps[0]).toMatchObject({ held: null, onOffer: true });
    expect(why?.words).toBe(
      `Step create is on offer since ${at(0)}; nobody has taken it. Of its services, crm is deaf, crm-2 is silent.`,
    );
    expect(why?.next).toMatchObject({ step: 'create', at: at(5000) });
  });

  it('says so where the last worker of a task on offer has gone', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.served('crm', 'create');
    await log.served('crm');
    await log.ran(event.started(chain), event.dispatched('create'));
    const why = await explained(log);
    const missing = { reason: 'worker-missing', next: 'registration', since: at(0), until: null };
    expect(why).toMatchObject({
      waiting: { ...missing, step: 'create' },
      steps: [{ ...missing, onOffer: true, held: null }],
      next: { words: 'create is handed out when a worker for it registers.', at: null },
    });
    expect(why?.words).toBe(
      `Step create has no worker since ${at(0)}. It is on offer still. It was served by crm.`,
    );
  });

  it('puts a task on offer that nobody serves any more before what others have', async () => {
    const log = await runInLog();
    await log.defined(both);
    await log.served('post', 'mail');
    await log.ran(
      event.started(both),
      event.dispatched('mail'),
      event.dispatched('create', { until: NOW + 5000 }),
    );
    const why = await explained(log);
    expect(why?.steps.map(({ step, reason }) => [step, reason])).toEqual([
      ['mail', 'with-worker'],
      ['create', 'worker-missing'],
    ]);
    expect(why?.waiting).toMatchObject({ reason: 'worker-missing', step: 'create', until: at(5000) });
    expect(why?.words).toContain('It is on offer still.');
  });

  it('leaves a task to who has it, also where nobody serves the step any more', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.served('crm', 'create');
    await log.served('crm');
    await log.ran(event.started(chain), event.dispatched('create'));
    const claim = { by: 'crm', at: NOW, leaseUntil: NOW + 30_000, deadline: NOW + 60_000 };
    const why = await explained(log, { holderOf: () => Promise.resolve({ claim, progress: null }) });
    expect(why?.waiting).toMatchObject({ reason: 'with-worker', step: 'create' });
    expect(why?.words).toContain('Nobody serves it any more. It was served by crm.');
  });

  it('says when a step is tried again, and that it can be tried at once', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(
      ...[event.started(chain), event.dispatched('create')],
      ...[event.failed('create'), event.retryScheduled('create')],
    );
    const why = await explained(log);
    expect(why?.words).toBe(`Step create failed; it is tried again at ${at(1000)}.`);
    expect(why?.next).toEqual({ words: 'create is tried again.', step: 'create', at: at(1000) });
    expect(why?.commands.map(({ command, step: on }) => [command, on])).toEqual([
      ['retry', 'create'],
      ['pause', null],
      ['cancel', null],
      ['undo', null],
    ]);
    expect(why?.commands[0]?.path).toBe(`/api/v1/sagas/${FLOW}/steps/create/retry`);
  });

  it('says that a step whose next attempt was cancelled waits for a person', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(
      ...[event.started(chain), event.dispatched('create')],
      ...[event.failed('create'), event.retryScheduled('create'), event.timerCancelled('create')],
    );
    const why = await explained(log);
    expect(why?.words).toBe(
      'Step create failed, and its next attempt was cancelled. A person has to try it again, or end the run.',
    );
    expect(why).toMatchObject({ status: 'WAITING', next: null });
    expect(why?.commands[0]).toMatchObject({ command: 'retry', step: 'create' });
  });

  it('says what comes first of several things that happen by themselves', async () => {
    const log = await runInLog();
    await log.defined(both);
    await log.ran(
      ...[event.started(both), event.workerMissing('create'), event.dispatched('mail')],
      ...[event.failed('mail'), event.retryScheduled('mail')],
    );
    expect((await explained(log))?.next).toMatchObject({ step: 'mail', at: at(1000) });
  });

  it('leaves a blocked undo to a person', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(
      ...[event.started(chain), event.dispatched('create'), event.succeeded('create')],
      ...[event.undoStarted(['create']), event.dispatched('create', { action: 'undo' })],
      ...[event.failed('create', { action: 'undo' }), event.blocked('create'), event.undoFailed('create')],
    );
    const why = await explained(log);
    expect(why).toMatchObject({
      status: 'UNDO_FAILED',
      next: null,
      words: 'The undo of step create failed for good. A person has to retry it, skip it or mark it as done.',
    });
    expect(why?.commands.map(({ command }) => command)).toEqual(['retry', 'skip', 'complete', 'pause']);
  });

  it('is the pause of a paused run, for every open step', async () => {
    const log = await runInLog();
    await log.defined(both);
    await log.ran(
      ...[event.started(both), event.dispatched('create'), event.workerMissing('mail')],
      event.paused(),
    );
    const why = await explained(log);
    expect(why?.words).toBe(`The run is paused since ${at(0)}. It goes on when somebody resumes it.`);
    expect(why?.steps.map(({ reason, onOffer, words }) => [reason, onOffer, words])).toEqual([
      ['paused', false, 'Step create stands still because the run is paused.'],
      ['paused', false, 'Step mail stands still because the run is paused.'],
    ]);
    expect(why?.next).toBeNull();
    expect(why?.commands.map(({ command }) => command)).toEqual(['resume', 'cancel', 'undo']);
  });

  it('is the definition where nobody has registered one', async () => {
    const log = await runInLog();
    await log.ran(event.started(null), event.awaitingDefinition);
    expect(await explained(log)).toMatchObject({
      words: 'No initiator has registered a definition of tenant. The run starts when one does.',
      steps: [],
      next: { words: 'The run starts when an initiator registers.', at: null },
      waiting: { reason: 'definition-missing' },
    });
  });
});

describe('where the time of a run went', () => {
  const nothing = () => Promise.resolve();

  it('is told by reason up to now while it goes on', async () => {
    const log = await runInLog();
    await log.defined(chain);
    await log.ran(event.started(chain), event.workerMissing('create'));
    await log.clock.advance(3000, nothing);
    await log.ran(event.healed('create'), event.dispatched('create'));
    await log.clock.advance(1000, nothing);
    const why = await explained(log);
    expect(why?.time).toEqual({
      from: at(0),
      until: at(4000),
      totalMs: 4000,
      spent: [
        { reason: 'worker-missing', ms: 3000, share: 0.75 },
        { reason: 'with-worker', ms: 1000, share: 0.25 },
      ],
    });
  });

  it('is told for good once it has ended', async () => {
    const log = await runInLog();
    const one = sequential([step('create')]);
    await log.defined(one);
    await log.ran(event.started(one), event.dispatched('create'));
    await log.clock.advance(2000, nothing);
    await log.ran(event.succeeded('create'), event.completed);
    await log.clock.advance(60_000, nothing);
    expect(await explained(log)).toMatchObject({
      words: `The run has ended: COMPLETED at ${at(2000)}.`,
      waiting: null,
      steps: [],
      next: null,
      commands: [{ command: 'undo', path: `/api/orchestration/undo/${FLOW}` }],
      time: { totalMs: 2000, until: at(2000), spent: [{ reason: 'with-worker', ms: 2000, share: 1 }] },
    });
  });
});
