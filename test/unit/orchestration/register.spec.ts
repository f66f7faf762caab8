import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallContext } from '../../../src/commands/context.ts';
import { commandIdOf } from '../../../src/commands/deterministic-ids.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { register } from '../../../src/commands/orchestration/register.ts';
import { orchestrationAggregate } from '../../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../../src/domain/orchestration/attempt.ts';
import { systemClock, systemIds } from '../../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { getOrchestration } from '../../../src/queries/orchestration/get-orchestration.ts';

const startSkald = async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'skald-'));
  const store = await embeddedEventStore({ dataDir });
  const clock = systemClock();
  const orchestrations = createExecutor({ store, clock }, orchestrationAggregate);
  const attempts = createExecutor({ store, clock }, attemptAggregate);
  const handler = register({ orchestrations, attempts, ids: systemIds(), transports: new Set(['http']) });
  let count = 0;
  let began = START;
  const events = async () => (await store.readAll({ after: began, max: 100 })).events;
  const name = () => `tenant-${count}`;
  return {
    orchestrations,
    /** Another orchestration and no events so far. */
    startOver: async () => {
      count += 1;
      began = await store.lastPosition();
    },
    name,
    stream: () => `orchestration-${name()}`,
    call: (body: object, { key, service = 'front' }: { key?: string; service?: string } = {}) => {
      const context: CallContext = {
        actor: { kind: 'service', id: 'ci', source: 'http' },
        ...(key === undefined ? {} : { idempotencyKey: `${key}-${name()}` }),
      };
      return handler({ ...registerInput.parse({ orchName: name(), ...body }), service }, context);
    },
    events,
    types: async () => (await events()).map(({ type }) => type),
    view: () => getOrchestration(store)(name()),
    closeStore: store.close,
    stop: async () => {
      await store.close();
      await rm(dataDir, { recursive: true });
    },
  };
};

let skald: Awaited<ReturnType<typeof startSkald>>;
beforeAll(async () => {
  skald = await startSkald();
});
beforeEach(() => skald.startOver());
afterAll(() => skald.stop());

const step = (name: string, seq?: number) => ({
  name,
  objectType: 'Tenant',
  ...(seq === undefined ? {} : { seq }),
});
const initiator = { as: 'initiator', steps: [step('create', 1), step('notify', 2)] };
const broken = { ...initiator, steps: [step('create', 1), step('create', 2)] };
const worker = (...names: readonly string[]) => ({
  as: 'Worker',
  steps: names.map((name) => step(name)),
});
const refusal = {
  kind: 'rejected',
  code: 'duplicate_step',
  detail: 'Duplicate step name in request: create',
  pointer: '/steps/1/name',
};
const notFound = (name: string) => ({
  name,
  code: 'unknown_orchestration',
  detail: `Orchestration not found: ${skald.name()}`,
});

describe('registering an initiator', () => {
  it('answers with the steps of the definition', async () => {
    expect(await skald.call(initiator)).toMatchObject({
      kind: 'done',
      value: { orchName: skald.name(), registeredSteps: ['create', 'notify'], failedSteps: [] },
      replayed: false,
    });
    expect(await skald.types()).toEqual(['DefinitionRegistered']);
  });

  it('records who did it, who owns it and the hash of the definition', async () => {
    await skald.call(initiator);
    const [event] = await skald.events();
    expect(event).toMatchObject({
      stream: skald.stream(),
      data: { version: 1, initiator: 'front' },
      metadata: { actor: { kind: 'service', id: 'ci', source: 'http' }, owner: 'ci', schemaVersion: '1.1' },
    });
    expect(event).toHaveProperty('data.hash', expect.stringMatching(/^[0-9a-f]{64}$/));
    expect(event?.metadata.correlationId).toBe(event?.metadata.commandId);
  });

  it('again changes nothing and is recorded as an attempt', async () => {
    await skald.call(initiator);
    expect(await skald.call(initiator)).toMatchObject({
      kind: 'done',
      value: { registeredSteps: ['create', 'notify'], failedSteps: [] },
    });
    const [, attempt] = await skald.events();
    expect(attempt).toMatchObject({
      type: 'RegistrationAttempted',
      stream: `attempt-${String(attempt?.metadata.commandId)}`,
      data: { outcome: 'unchanged', role: 'initiator', service: 'front', registered: ['create', 'notify'] },
    });
    expect(attempt?.metadata.owner).toBeUndefined();
  });

  it('with a changed definition makes a version with another hash', async () => {
    await skald.call(initiator);
    await skald.call({ ...initiator, onUndoFailure: 'continue' });
    const view = await skald.view();
    const [first] = await skald.events();
    expect(view).toMatchObject({ version: 2, onUndoFailure: 'continue' });
    expect(first?.data).not.toMatchObject({ hash: view?.definitionHash });
  });

  it('with an unusable definition is refused, recorded, and fails the orchestration', async () => {
    expect(await skald.call(broken)).toEqual(refusal);
    expect(await skald.types()).toEqual(['DefinitionRefused', 'RegistrationAttempted']);
    expect(await skald.view()).toMatchObject({ status: 'FAILED', failureReason: refusal.detail });
  });

  it('with an unusable definition never damages one that works', async () => {
    await skald.call(initiator);
    expect(await skald.call(broken)).toEqual(refusal);
    expect(await skald.types()).toEqual(['DefinitionRegistered', 'RegistrationAttempted']);
    expect(await skald.view()).toMatchObject({ status: 'PENDING', version: 1 });
  });
});

describe('registering a worker', () => {
  it('reports each step it cannot use and counts the others', async () => {
    await skald.call(initiator);
    expect(await skald.call(worker('create', 'other', 'create'), { service: 'w' })).toMatchObject({
      kind: 'done',
      value: {
        registeredSteps: ['create'],
        failedSteps: [
          { name: 'other', code: 'unknown_step', detail: 'Step not found in orchestration: other' },
          {
            name: 'create',
            code: 'step_already_registered',
            detail: 'Worker already registered for step: create',
          },
        ],
      },
    });
  });

  it('before the initiator is stored, reported as failed, and healed by the initiator', async () => {
    expect(await skald.call(worker('create', 'notify'), { service: 'w' })).toMatchObject({
      kind: 'done',
      value: { registeredSteps: [], failedSteps: [notFound('create'), notFound('notify')] },
    });
    expect(await skald.view()).toMatchObject({ status: 'FAILED' });
    await skald.call(initiator);
    expect(await skald.view()).toMatchObject({ status: 'SUCCESS', missingWorkers: [] });
  });

  it('again changes nothing and is recorded with what failed', async () => {
    await skald.call(initiator);
    await skald.call(worker('create', 'other'));
    const again = await skald.call(worker('other', 'create'));
    expect(again).toMatchObject({ kind: 'done', value: { registeredSteps: ['create'] } });
    expect((await skald.events()).at(-1)).toMatchObject({
      type: 'RegistrationAttempted',
      data: { registered: ['create'], failed: [{ name: 'other', code: 'unknown_step' }] },
    });
  });

  it('without steps is refused and leaves the orchestration alone', async () => {
    expect(await skald.call(worker())).toMatchObject({ kind: 'rejected', code: 'no_steps' });
    expect(await skald.types()).toEqual(['RegistrationAttempted']);
    expect(await skald.view()).toBeUndefined();
  });
});

describe('a registration is refused and recorded', () => {
  it.each([
    [{ ...initiator, as: 'Observer' }, 'invalid_role', 'Invalid role: Observer', '/as'],
    [
      { ...worker('create'), transport: 'kafka' },
      'transport_unavailable',
      'This server does not offer the transport: kafka',
      '/transport',
    ],
  ])('when it says %o', async (body, code, detail, pointer) => {
    expect(await skald.call(body)).toEqual({ kind: 'rejected', code, detail, pointer });
    expect((await skald.events()).map(({ type, data }) => ({ type, data }))).toMatchObject([
      { type: 'RegistrationAttempted', data: { outcome: 'refused', role: body.as, code, detail, pointer } },
    ]);
  });
});

const firstCalls: readonly [string, readonly object[], object][] = [
  ['a new definition', [], initiator],
  ['an unchanged definition', [initiator], initiator],
  ['a refused definition', [], broken],
  ['a definition refused beside one that works', [initiator], broken],
  ['a worker', [initiator], worker('create', 'other', 'create')],
  ['a worker before its initiator', [], worker('create')],
  ['an unchanged worker', [worker('create')], worker('create')],
  ['an invalid role', [], { ...initiator, as: 'x' }],
];

describe('a registration repeated with its Idempotency-Key', () => {
  it.each(firstCalls)('is answered as %s was, and nothing happens', async (_, before, body) => {
    for (const earlier of before) await skald.call(earlier);
    const first = await skald.call(body, { key: 'k' });
    await skald.call({ ...initiator, type: 'parallel' });
    const events = await skald.events();
    const again = await skald.call(body, { key: 'k' });
    expect(again).toEqual(first.kind === 'done' ? { ...first, replayed: true } : first);
    expect(await skald.events()).toEqual(events);
  });

  it.each(firstCalls)('is refused with another body than %s', async (_, before, body) => {
    for (const earlier of before) await skald.call(earlier);
    const first = await skald.call(body, { key: 'k' });
    const events = await skald.events();
    for (const other of [worker('notify'), { ...broken, type: 'graph' }, { ...worker('a'), as: 'nobody' }])
      expect(await skald.call(other, { key: 'k' })).toMatchObject({ code: 'idempotency_key_reused' });
    expect(await skald.events()).toEqual(events);
    expect(await skald.call(body, { key: 'k' })).toMatchObject({ kind: first.kind });
  });

  it('records the attempt that a crash kept from being recorded', async () => {
    const commandId = commandIdOf('ci', 'register', `k-${skald.name()}`);
    const { code, detail } = refusal;
    await skald.orchestrations.execute(
      skald.stream(),
      { type: 'NoteRefusal', byInitiator: true, service: 'front', code, detail },
      {
        commandId,
        correlationId: 'c',
        causationId: 'c',
        actor: { kind: 'service', id: 'ci', source: 'http' },
      },
    );
    expect(await skald.call(broken, { key: 'k' })).toMatchObject({ kind: 'rejected', code, detail });
    expect(await skald.types()).toEqual(['DefinitionRefused', 'RegistrationAttempted']);
  });

  it('happens once when both calls run at the same time', async () => {
    const calls = await Promise.all([1, 2, 3].map(() => skald.call(initiator, { key: 'k' })));
    expect(calls.map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(await skald.types()).toEqual(['DefinitionRegistered']);
  });
});

describe('a registration that the log cannot take', () => {
  it.each([
    ['accepted', initiator],
    ['refused', broken],
  ])('is not answered as %s', async (_, body) => {
    const closing = await startSkald();
    await closing.orchestrations.load(closing.stream());
    await closing.closeStore();
    expect(await closing.call(body)).toMatchObject({ kind: 'unavailable', code: 'shutting_down' });
    await closing.stop();
  });
});
