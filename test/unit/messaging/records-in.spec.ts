import { beforeAll, describe, expect, it } from 'vitest';
import { flowIdOf, recordCommandIdOf } from '../../../src/commands/deterministic-ids.ts';
import { sagaStream } from '../../../src/domain/saga/aggregate.ts';
import {
  inRecord,
  initiatorYaml,
  messagingWorld,
  sharedWorld,
  workerYaml,
} from '../../support/messaging-world.ts';
import type { MessagingWorld } from '../../support/messaging-world.ts';

const REGISTRATION = 'orchestrator.registration';
const START = 'orchestrator.execution.start';
const ANSWERS = 'orchestrator.response.result';
const FLOW = '0198f3a0-2222-7abc-8def-000000000002';

let offset = 0;
const next = () => String((offset += 1));
const unique = (prefix: string) => `${prefix}${next()}`;

/** Registered over the bus: one step `a` with a worker. */
const registered = async (world: MessagingWorld, steps: readonly string[] = ['a']): Promise<string> => {
  const orchName = unique('orch');
  const { handle } = world.messaging;
  await handle(inRecord(REGISTRATION, initiatorYaml(orchName, steps), { offset: next() }), 0);
  await handle(inRecord(REGISTRATION, workerYaml(orchName, steps), { offset: next() }), 0);
  return orchName;
};

const startOf = (orchName: string, payload = 'aGk=') => JSON.stringify({ orchName, payload });

const started = async (world: MessagingWorld, orchName: string): Promise<string> => {
  const flowId = crypto.randomUUID();
  const record = inRecord(START, startOf(orchName), { offset: next(), headers: { flowId } });
  expect(await world.messaging.handle(record, 0)).toMatchObject({ kind: 'done' });
  return flowId;
};

const dispatched = (world: MessagingWorld, flowId: string) =>
  expect.poll(() => world.typesOf(sagaStream(flowId)), { timeout: 5000 }).toContain('StepDispatched');

const openWorld = () => messagingWorld();

describe('a registration record', () => {
  it('registers an initiator for the service its header names, and a worker over Kafka by default', async () => {
    const world = await openWorld();
    const headers = { serviceName: 'front' };
    const first = await world.messaging.handle(
      inRecord(REGISTRATION, initiatorYaml('tenant', ['a']), { headers }),
      0,
    );
    expect(first).toMatchObject({ kind: 'done' });
    await world.messaging.handle(inRecord(REGISTRATION, workerYaml('tenant', ['a']), { offset: '1' }), 0);
    const events = await world.events();
    expect(events.map(({ type, data, metadata }) => ({ type, data, actor: metadata.actor }))).toMatchObject([
      {
        type: 'DefinitionRegistered',
        data: { initiator: 'front' },
        actor: { kind: 'service', id: 'front', source: 'kafka' },
      },
      {
        type: 'WorkersRegistered',
        data: { service: 'tenant-service', steps: [{ name: 'a', transport: 'kafka' }] },
        actor: { kind: 'service', id: 'kafka', source: 'kafka' },
      },
    ]);
  });

  it('takes the service from X-Service-Name, then from the document', async () => {
    const world = await openWorld();
    const yaml = `${workerYaml('tenant', ['a'])}\nserviceName: inside`;
    await world.messaging.handle(
      inRecord(REGISTRATION, yaml, { headers: { 'X-Service-Name': 'outside' } }),
      0,
    );
    await world.messaging.handle(inRecord(REGISTRATION, yaml, { offset: '1' }), 0);
    const services = (await world.events()).map(({ data }) => data);
    expect(services).toMatchObject([{ service: 'outside' }, { service: 'inside' }]);
  });

  it('delivered again changes nothing', async () => {
    const world = await openWorld();
    const record = inRecord(REGISTRATION, initiatorYaml('tenant', ['a']));
    const first = await world.messaging.handle(record, 0);
    expect(await world.messaging.handle(record, 0)).toEqual(first);
    expect(await world.events()).toHaveLength(1);
  });

  it('that is refused is recorded, and that is its end', async () => {
    const world = await openWorld();
    const record = inRecord(REGISTRATION, initiatorYaml('tenant', ['a', 'a']));
    expect(await world.messaging.handle(record, 0)).toEqual({ kind: 'done', position: null });
    expect((await world.events()).map(({ type }) => type)).toContain('RegistrationAttempted');
    const before = await world.events();
    await world.messaging.handle(record, 0);
    expect(await world.events()).toEqual(before);
  });

  it('of the wrong shape is recorded once and is poison, and can be taken as an edit', async () => {
    const world = await openWorld();
    const record = inRecord(REGISTRATION, 'orchName: tenant\nas: worker\nsteps: []\nextra: 1');
    for (const outcome of [await world.messaging.handle(record, 0), await world.messaging.handle(record, 0)])
      expect(outcome).toMatchObject({
        kind: 'poison',
        code: 'invalid_input',
        pointer: '/extra',
      });
    expect((await world.events()).map(({ type }) => type)).toEqual(['RegistrationAttempted']);
    const edited = { ...record, value: Buffer.from(workerYaml('tenant', ['a'])) };
    expect(await world.messaging.handle(edited, 1)).toMatchObject({ kind: 'done' });
  });

  it.each([
    ['without a value', null, 'malformed_yaml'],
    ['that is no YAML', 'a: [', 'malformed_yaml'],
    ['with a key twice', 'as: worker\nas: worker', 'malformed_yaml'],
    ['with an alias', 'a: &x 1\nb: *x', 'malformed_yaml'],
    ['larger than 64 KiB', `# ${'x'.repeat(70_000)}`, 'too_large'],
    ['that is a list', '- 1', 'invalid_input'],
  ])('%s is poison', async (_, value, code) => {
    const world = await openWorld();
    expect(await world.messaging.handle(inRecord(REGISTRATION, value), 0)).toMatchObject({
      kind: 'poison',
      code,
    });
  });

  it('with a service name that is none is poison', async () => {
    const world = await openWorld();
    const record = inRecord(REGISTRATION, workerYaml('tenant', ['a']), { headers: { serviceName: '1 2' } });
    expect(await world.messaging.handle(record, 0)).toMatchObject({ kind: 'poison', code: 'invalid_header' });
  });
});

describe('a start record', () => {
  const shared = sharedWorld();
  let world: MessagingWorld;
  beforeAll(() => {
    world = shared();
  });

  it('starts one run however often it comes', async () => {
    const orchName = await registered(world);
    const record = inRecord(START, startOf(orchName), { offset: next() });
    const commandId = recordCommandIdOf(world.bus.id, record, 0);
    const first = await world.messaging.handle(record, 0);
    expect(first).toMatchObject({ kind: 'done' });
    expect(await world.messaging.handle(record, 0)).toEqual(first);
    const types = await world.typesOf(sagaStream(flowIdOf('command', orchName, commandId)));
    expect(types.filter((type) => type === 'SagaStarted')).toHaveLength(1);
  });

  it('may call the orchestration by the older field, and have no payload', async () => {
    const orchName = await registered(world);
    for (const message of [{ orchestrationName: orchName }, { orchName, payload: null }])
      expect(
        await world.messaging.handle(inRecord(START, JSON.stringify(message), { offset: next() }), 0),
      ).toMatchObject({ kind: 'done' });
  });

  it('starts the run that its header names, once for every record with the same payload', async () => {
    const orchName = await registered(world);
    const flowId = await started(world, orchName);
    const again = inRecord(START, startOf(orchName), { offset: next(), headers: { flowId } });
    expect(await world.messaging.handle(again, 0)).toMatchObject({ kind: 'done' });
    const other = inRecord(START, startOf(orchName, 'eW8='), { offset: next(), headers: { flowId } });
    expect(await world.messaging.handle(other, 0)).toMatchObject({
      kind: 'poison',
      code: 'idempotency_key_reused',
      flowId,
    });
    const types = await world.typesOf(sagaStream(flowId));
    expect(types.filter((type) => type === 'SagaStarted')).toHaveLength(1);
  });

  it('comes from one caller over HTTP, and is nobody else’s', async () => {
    const orchName = await registered(world);
    const { startSaga } = world.core.commands;
    const input = { orchName, payload: Buffer.from('hi'), flowId: crypto.randomUUID() };
    const other = { actor: { ...ACTOR, id: 'somebody-else' } };
    const first = await startSaga(input, { actor: ACTOR });
    expect(first).toMatchObject({ kind: 'done', value: { flowId: input.flowId }, replayed: false });
    expect(await startSaga(input, { actor: ACTOR })).toEqual({ ...first, replayed: true });
    const changed = { ...input, payload: Buffer.from('ho') };
    const code = 'idempotency_key_reused';
    expect(await startSaga(changed, { actor: ACTOR })).toMatchObject({ kind: 'rejected', code });
    expect(await startSaga(input, other)).toMatchObject({ kind: 'rejected', code: 'run_exists' });
  });

  it('with the CloudEvents id of an earlier record is that record', async () => {
    const orchName = await registered(world);
    const headers = { ce_source: 'crm', ce_id: next(), correlationid: 'order-7' };
    const before = (await world.events()).length;
    for (const at of [next(), next()])
      await world.messaging.handle(inRecord(START, startOf(orchName), { offset: at, headers }), 0);
    const starts = (await world.events()).slice(before).filter(({ type }) => type === 'SagaStarted');
    expect(starts.map(({ metadata }) => metadata.correlationId)).toEqual(['order-7']);
  });

  it.each([
    ['without a value', null, 'malformed_json'],
    ['that is no JSON', '{', 'malformed_json'],
    ['with a key twice', '{"orchName":"a","orchName":"b"}', 'malformed_json'],
    ['for an unknown orchestration', '{"orchName":"nobody"}', 'unknown_orchestration'],
    ['larger than 1 MiB', ' '.repeat(1_048_577), 'too_large'],
  ])('%s is poison', async (_, value, code) => {
    const outcome = await world.messaging.handle(inRecord(START, value, { offset: next() }), 0);
    expect(outcome).toMatchObject({ kind: 'poison', code });
  });

  it.each([
    ['/x', '{"orchName":"a","x":1}', 'invalid_input'],
    ['/orchName', '{"orchName":"1"}', 'invalid_input'],
    ['/orchName', '{}', 'invalid_input'],
    ['/orchestrationName', '{"orchName":"a","orchestrationName":"b"}', 'invalid_input'],
    ['/payload', '{"orchName":"a","payload":"?"}', 'invalid_input'],
    ['/payload', startOf('a', 'A'.repeat(349_532)), 'too_large'],
  ])('is poison with a pointer to %s', async (pointer, value, code) => {
    const outcome = await world.messaging.handle(inRecord(START, value, { offset: next() }), 0);
    expect(outcome).toMatchObject({ kind: 'poison', code, pointer });
  });

  it('with a flowId that is no UUID is poison', async () => {
    const record = inRecord(START, startOf('a'), { offset: next(), headers: { flowId: '7' } });
    expect(await world.messaging.handle(record, 0)).toMatchObject({ kind: 'poison', code: 'invalid_header' });
  });

  it('with a header of ours that is no UTF-8 is poison; a header of others is not looked at', async () => {
    const orchName = await registered(world);
    const bytes = new Uint8Array([0xc3, 0x28]);
    const record = inRecord(START, startOf(orchName), { offset: next() });
    const ours = { ...record, headers: [['flowId', bytes] as const] };
    const others = { ...record, headers: [['b3', bytes] as const] };
    expect(await world.messaging.handle(ours, 0)).toMatchObject({ kind: 'poison', code: 'invalid_header' });
    expect(await world.messaging.handle(others, 0)).toMatchObject({ kind: 'done' });
  });
});

describe('an answer', () => {
  const shared = sharedWorld();
  let world: MessagingWorld;
  beforeAll(() => {
    world = shared();
  });
  const open = async () => {
    const orchName = await registered(world);
    const flowId = await started(world, orchName);
    await dispatched(world, flowId);
    return { orchName, flowId, work: `orchestrator.${orchName}.a` };
  };
  const body = (flowId: string, orchName: string, metadata?: object, more: object = {}) =>
    JSON.stringify({ flowId, orchName, stepName: 'a', action: 'DO', ...more, ...(metadata && { metadata }) });
  const outcome = async (topic: string, value: string | null, headers = {}) =>
    world.messaging.handle(inRecord(topic, value, { offset: next(), headers }), 0);

  it.each(['true', 'TRUE', 'yes', '1', 'on', 'SUCCESS'])(
    'succeeds with the status header %s',
    async (status) => {
      const { orchName, flowId } = await open();
      expect(await outcome(ANSWERS, body(flowId, orchName), { status })).toMatchObject({ kind: 'done' });
      expect(await world.statusOf(flowId)).toBe('COMPLETED');
    },
  );

  it.each([['false'], ['no'], ['FAILED'], [undefined]])('fails with the status header %s', async (status) => {
    const { orchName, flowId } = await open();
    const headers = { errorMessage: 'broken', ...(status === undefined ? {} : { status }) };
    expect(await outcome(ANSWERS, body(flowId, orchName), headers)).toMatchObject({ kind: 'done' });
    expect(await world.typesOf(sagaStream(flowId))).toContain('StepFailed');
  });

  it('counts by its body where body and header differ, on the step’s own topic too', async () => {
    const { orchName, flowId, work } = await open();
    const value = body(flowId, orchName, { status: 'SUCCESS' }, { payload: 'aGk=' });
    expect(await outcome(work, value, { status: 'false', 'skald-origin': 'skald' })).toMatchObject({
      kind: 'done',
    });
    expect(await world.statusOf(flowId)).toBe('COMPLETED');
  });

  it.each([
    ['the topic of answers', ANSWERS, ''],
    ['the topic of answers', ANSWERS, null],
    ['the step’s own topic', undefined, ''],
    ['the step’s own topic', undefined, null],
  ])('may consist of headers alone on %s', async (_, topic, value) => {
    const { orchName, flowId, work } = await open();
    const headers = { flowId, orchName, stepName: 'a', action: 'DO', attempt: '1', status: 'true' };
    expect(await outcome(topic ?? work, value, headers)).toMatchObject({ kind: 'done' });
    expect(await world.statusOf(flowId)).toBe('COMPLETED');
  });

  it('fails for good with the action FAIL_STEP', async () => {
    const { orchName, flowId } = await open();
    expect(await outcome(ANSWERS, body(flowId, orchName, {}, { action: 'FAIL_STEP' }))).toMatchObject({
      kind: 'done',
    });
    expect(await world.statusOf(flowId)).not.toBe('IN_PROGRESS');
  });

  it('fails an undo for good with the action FAIL_STEP and the headers of its task', async () => {
    const { orchName, flowId } = await open();
    expect(await outcome(ANSWERS, body(flowId, orchName, { status: 'SUCCESS' }))).toMatchObject({
      kind: 'done',
    });
    expect(await world.commands.undoSaga(flowId, {}, { actor: ACTOR })).toMatchObject({ kind: 'done' });
    const failed = body(flowId, orchName, {}, { action: 'FAIL_STEP' });
    expect(await outcome(ANSWERS, failed, { action: 'UNDO', attempt: '1' })).toMatchObject({ kind: 'done' });
    expect(await world.statusOf(flowId)).toBe('UNDO_FAILED');
  });

  it('that says nothing of an attempt does not count for a later one when it comes again', async () => {
    const { orchName, flowId } = await open();
    const record = inRecord(ANSWERS, body(flowId, orchName, { status: 'FAILED' }), { offset: next() });
    expect(await world.messaging.handle(record, 0)).toMatchObject({ kind: 'done' });
    expect(await world.commands.retryStep(flowId, 'a', {}, { actor: ACTOR })).toMatchObject({ kind: 'done' });
    await expect
      .poll(async () => (await world.typesOf(sagaStream(flowId))).filter((type) => type === 'StepDispatched'))
      .toHaveLength(2);
    expect(await world.messaging.handle(record, 0)).toEqual({ kind: 'noted', reason: 'duplicate' });
    const types = await world.typesOf(sagaStream(flowId));
    expect(types.filter((type) => type === 'StepFailed')).toHaveLength(1);
  });

  it('that comes again, late, or for what nobody knows is noted', async () => {
    const { orchName, flowId } = await open();
    const answer = body(flowId, orchName, { status: 'SUCCESS' }, { attempt: 1 });
    expect(await outcome(ANSWERS, answer)).toMatchObject({ kind: 'done' });
    expect(await outcome(ANSWERS, answer)).toEqual({ kind: 'noted', reason: 'duplicate' });
    const late = body(flowId, orchName, { status: 'SUCCESS', attempt: 7 });
    expect(await outcome(ANSWERS, late)).toEqual({ kind: 'noted', reason: 'late' });
    const unknown = body(flowId, orchName, { status: 'SUCCESS' }, { stepName: 'z' });
    expect(await outcome(ANSWERS, unknown)).toEqual({ kind: 'noted', reason: 'unknown_step' });
    expect(await outcome(ANSWERS, body(FLOW, orchName, { status: 'SUCCESS' }))).toEqual({
      kind: 'noted',
      reason: 'unknown_run',
    });
  });

  it('is not what a task of ours is, with or without its headers (F-K-12)', async () => {
    const { orchName, flowId, work } = await open();
    const task = body(flowId, orchName, { effectId: FLOW, attempt: 1 });
    const own = { kind: 'noted', reason: 'own_message' };
    expect(await outcome(work, task, { 'skald-origin': 'skald' })).toEqual(own);
    expect(await outcome(work, body(flowId, orchName, {}))).toEqual(own);
    expect(await outcome(ANSWERS, task)).toEqual(own);
    expect(await world.statusOf(flowId)).toBe('IN_PROGRESS');
  });

  it.each([
    ['no JSON', ANSWERS, '{', 'malformed_json'],
    ['no object', ANSWERS, '[]', 'invalid_input'],
    ['an answer whose metadata is a text', ANSWERS, '{"metadata":"SUCCESS"}', 'invalid_input'],
    ['an answer without a status in its metadata', ANSWERS, body(FLOW, 'o', { error: 'x' }), 'invalid_input'],
    ['an answer with another status', ANSWERS, body(FLOW, 'o', { status: 'MAYBE' }), 'invalid_input'],
    ['an answer without a run', ANSWERS, '{"metadata":{"status":"SUCCESS"}}', 'invalid_input'],
    ['a topic of nobody', 'elsewhere', '{}', 'unknown_topic'],
  ])('is poison where it is %s', async (_, topic, value, code) => {
    expect(await outcome(topic, value)).toMatchObject({ kind: 'poison', code });
  });

  it('is empty on a step’s own topic where it has no value', async () => {
    expect(await outcome('orchestrator.o.a', null)).toEqual({ kind: 'noted', reason: 'empty' });
  });
});

const ACTOR = { kind: 'service', id: 'ci', source: 'http' } as const;
