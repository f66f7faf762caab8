// What leaves is a contract: the golden files beside this say how each event looks outside. Additions only.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { sagaSchemaVersion } from '../../../src/domain/saga/events.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { asyncApiOf } from '../../../src/infra/messaging/asyncapi.ts';
import { integrationRecordOf } from '../../../src/infra/messaging/out/integration-event.ts';
import { publicEventOf, publicEvents } from '../../../src/infra/messaging/out/public-events.ts';
import { registrationStatus, statusRecordOf } from '../../../src/infra/messaging/out/registration-status.ts';
import { workItem, workItemRecord } from '../../../src/infra/messaging/out/work-item.ts';
import { createTopics, InvalidTopicName } from '../../../src/infra/messaging/topics.ts';
import { headersOf, jsonOf } from '../../support/messaging-world.ts';

const topics = createTopics({ namespace: 'skald' });
const context = { namespace: 'skald', cursorOf: (position: string) => `c${position}`, topics };
const EVENT_ID = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a99';

const goldenEvent = z.object({
  type: z.string(),
  schemaVersion: z.string(),
  examples: z.array(z.record(z.string(), z.json())),
});
const folder = new URL('../../golden/events/', import.meta.url);
const examples = readdirSync(folder).map((file) =>
  goldenEvent.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))),
);

const CATEGORY_OF: readonly (readonly [RegExp, string])[] = [
  [/^(Saga|Step|Undo|Timer(Rescheduled|Fired|Cancelled))/, 'saga'],
  [/^(Definition|WorkersRegistered)/, 'orchestration'],
  [/^RegistrationAttempted/, 'attempt'],
  [/^Worker/, 'worker'],
  [/^Letter/, 'deadletter'],
  [/^InstanceIdAllocated|^IntakeRefused/, 'intake'],
  [/^Instance/, 'instance'],
  [/^RecordNoted/, 'message'],
];

const stored = (type: string, data: unknown, schemaVersion = '1.0'): StoredEvent => ({
  stream: `${CATEGORY_OF.find(([of]) => of.test(type))?.[1] ?? 'unknown'}-tenant`,
  revision: 3,
  position: '1',
  eventId: EVENT_ID,
  type,
  data,
  metadata: {
    commandId: EVENT_ID,
    correlationId: 'order-7',
    causationId: 'cause-1',
    actor: { kind: 'service', id: 'ci', source: 'http' },
    schemaVersion,
    recordedAt: '2026-01-01T00:00:00.000Z',
  },
  hash: '0'.repeat(64),
});

const registrations = (wasDefined = true, overKafka: readonly string[] = []) => ({
  wasDefined: () => Promise.resolve(wasDefined),
  stepsOverKafka: () => Promise.resolve(overKafka),
});

const outside = async ({ type, examples: forms }: (typeof examples)[number]) => {
  const events = forms.map((data) => stored(type, data));
  const statuses = await Promise.all(
    events.map(async (event) => statusRecordOf(context, registrations(), event)),
  );
  return [...events.map((event) => integrationRecordOf(context, event)), ...statuses].flatMap((record) =>
    record === undefined
      ? []
      : [{ topic: record.topic, key: record.key, headers: headersOf(record), value: jsonOf(record) }],
  );
};

const goldenFile = new URL('../../golden/integration-events.json', import.meta.url);

describe('integration events', () => {
  it('look outside as they were published', async () => {
    const all = (await Promise.all(examples.map(outside))).flat();
    expect(JSON.parse(readFileSync(goldenFile, 'utf8'))).toEqual(all);
    expect(new Set(all.map(({ topic }) => topic))).toEqual(
      new Set([
        ...['skald.events.saga', 'skald.events.orchestration', 'skald.events.worker'],
        ...['skald.events.deadletter', 'skald.events.instance', 'orchestrator.registration.status'],
      ]),
    );
  });

  it('hold no ciphertext and no key', async () => {
    const text = JSON.stringify((await Promise.all(examples.map(outside))).flat());
    const sealed = examples.flatMap(({ examples: forms }) => [
      ...JSON.stringify(forms).matchAll(/"(1\.[A-Za-z0-9-]{1,40}\.[A-Za-z0-9_-]+)"/g),
    ]);
    expect(sealed.length).toBeGreaterThan(3);
    for (const [, one = ''] of sealed) expect(text).not.toContain(one);
    expect(text).not.toContain('keyId');
  });

  it('carry what CloudEvents asks for, the cursor, and a trace of their conversation', () => {
    const record = integrationRecordOf(context, stored('SagaCompleted', {}));
    expect(record).toMatchObject({ topic: 'skald.events.saga', key: 'tenant' });
    const headers = headersOf(record ?? { headers: [] });
    expect(headers).toMatchObject({
      ce_specversion: '1.0',
      ce_id: EVENT_ID,
      ce_source: 'urn:skald:skald',
      ce_type: 'dev.skald.saga.completed.v1',
      ce_subject: 'tenant',
      ce_time: '2026-01-01T00:00:00.000Z',
      ce_sequence: 'c1',
      ce_correlationid: 'order-7',
      ce_causationid: 'cause-1',
      ce_partitionkey: 'tenant',
      'content-type': 'application/json',
      ce_dataschema: `urn:skald:schema:dev.skald.saga.completed.v1:${sagaSchemaVersion}`,
    });
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  it('of a form this version does not know leave without their data', () => {
    const record = integrationRecordOf(context, stored('SagaCompleted', { extra: 1, reason: 2 }, '1.1'));
    expect(jsonOf(record ?? { value: null })).toMatchObject({ data: {} });
    for (const event of [stored('SagaFailed', { failed: 7 }, '2.0'), stored('SagaFailed', null)]) {
      const unknown = integrationRecordOf(context, event);
      expect(headersOf(unknown ?? { headers: [] })).toMatchObject({ 'skald-omitted': 'unknown_form' });
      expect(jsonOf(unknown ?? { value: null })).toMatchObject({ data: null });
    }
  });

  it('hold what their schema says, of every stored form there is, and nothing beside', () => {
    for (const { type, schemaVersion, examples: forms } of examples)
      for (const form of forms) {
        const event = stored(type, { ...form, another: 'field' }, schemaVersion);
        const known = publicEventOf(event.stream.slice(0, event.stream.indexOf('-')), type);
        if (known === undefined) continue;
        expect(known.publicDataOf(event), type).toEqual(known.data.parse(form));
      }
  });

  it('have types in reverse DNS with a version, each its own', () => {
    const types = publicEvents.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^dev\.skald\.[a-z]+\.[a-z]+(-[a-z]+)*\.v1$/);
  });
});

describe('the status of a registration', () => {
  const statusOf = async (type: string, data: object, known = registrations()) => {
    const record = await statusRecordOf(context, known, stored(type, data));
    return record === undefined ? undefined : registrationStatus.parse(jsonOf(record));
  };
  const step = { name: 'a', objectType: null, transport: 'kafka' };

  it('says where the tasks of a worker over Kafka come', async () => {
    expect(await statusOf('WorkersRegistered', { service: 'w', steps: [step], unknown: [] })).toEqual({
      eventType: 'REGISTRATION_STATUS',
      ...{ orchName: 'tenant', as: 'worker', serviceName: 'w', status: 'SUCCESS', failureReason: {} },
      timestamp: '2026-01-01T00:00:00.000Z',
      topics: { a: 'orchestrator.tenant.a' },
    });
  });

  it('names what could not be registered, and fails where nothing could', async () => {
    const two = { service: 'w', steps: [step, { ...step, name: 'b' }] };
    expect(await statusOf('WorkersRegistered', { ...two, unknown: ['b'] })).toMatchObject({
      status: 'SUCCESS',
      failureReason: { error_0: 'Step not found in orchestration: b' },
    });
    expect(
      await statusOf('WorkersRegistered', { ...two, unknown: ['a', 'b'] }, registrations(false)),
    ).toMatchObject({
      status: 'FAILED',
      failureReason: { error_0: 'Orchestration not found: tenant' },
    });
  });

  it('names what was named twice', async () => {
    const twice = { service: 'w', steps: [step], unknown: [], repeated: ['a', 'a'] };
    expect(await statusOf('WorkersRegistered', twice)).toMatchObject({
      status: 'SUCCESS',
      failureReason: { error_0: 'Worker already registered for step: a' },
    });
    const unknown = { ...twice, unknown: ['a'] };
    expect((await statusOf('WorkersRegistered', unknown, registrations(false)))?.failureReason).toEqual({
      error_0: 'Orchestration not found: tenant',
      error_1: 'Worker already registered for step: a',
    });
  });

  it('tells a worker that registers once more the same as the first time', async () => {
    const again = {
      ...{ orchName: 'tenant', role: 'worker', service: 'w', outcome: 'unchanged', registered: ['a'] },
      ...{ code: null, detail: null, pointer: null },
    };
    const failed = [
      { name: 'b', code: 'unknown_step' },
      { name: 'a', code: 'step_already_registered' },
    ];
    const known = registrations(true, ['a', 'b', 'later']);
    expect(await statusOf('RegistrationAttempted', { ...again, failed }, known)).toMatchObject({
      ...{ as: 'worker', status: 'SUCCESS' },
      failureReason: {
        error_0: 'Step not found in orchestration: b',
        error_1: 'Worker already registered for step: a',
      },
      topics: { a: 'orchestrator.tenant.a', b: 'orchestrator.tenant.b' },
    });
    const early = ['a', 'b'].map((name) => ({ name, code: 'unknown_orchestration' }));
    const none = { ...again, registered: [], failed: early };
    expect(await statusOf('RegistrationAttempted', none, known)).toMatchObject({
      ...{ status: 'FAILED', failureReason: { error_0: 'Orchestration not found: tenant' } },
      topics: { a: 'orchestrator.tenant.a', b: 'orchestrator.tenant.b' },
    });
  });

  it('is not told of other events', async () => {
    expect(await statusOf('SagaCompleted', {})).toBeUndefined();
  });
});

describe('a work item', () => {
  const task = {
    ...{ flowId: 'f', orchName: 'tenant', stepName: 'a', action: 'UNDO' as const, attempt: 2 },
    ...{ effectId: 'e', payload: '', results: { a: 'aGk=' }, deadline: '', leaseUntil: '' },
  };
  const background = {
    ...{ initiator: 'front', worker: 'w', correlationId: 'order-7' },
    originalCompletedAt: '2026-01-01T00:00:00.000Z',
  };
  const sending = { topic: 't', origin: 'skald', now: 1_767_225_600_000, timeoutMs: 60_000 };

  it('has the documented body and headers', () => {
    const record = workItemRecord(task, background, sending);
    expect(workItem.parse(jsonOf(record))).toEqual({
      ...{ flowId: 'f', orchName: 'tenant', stepName: 'a', action: 'UNDO', payload: '' },
      metadata: {
        ...{ initiator: 'front', worker: 'w', attempt: 2, effectId: 'e', results: { a: 'aGk=' } },
        timestamp: '2026-01-01T00:00:00.000Z',
        deadline: '2026-01-01T00:01:00.000Z',
        originalCompletedAt: '2026-01-01T00:00:00.000Z',
      },
    });
    expect(record).toMatchObject({ topic: 't', key: 'f' });
    expect(headersOf(record)).toMatchObject({
      ...{ flowId: 'f', orchName: 'tenant', stepName: 'a', action: 'UNDO', initiator: 'front' },
      ...{ worker: 'w', timestamp: '2026-01-01T00:00:00.000Z', 'skald-origin': 'skald' },
    });
  });

  it('says that results were too large to be sent along', () => {
    const large = { ...task, results: { a: 'A'.repeat(600_000) } };
    const item = workItem.parse(jsonOf(workItemRecord(large, background, sending)));
    expect(item.metadata).toMatchObject({ resultsOmitted: true });
    expect(item.metadata.results).toBeUndefined();
  });
});

describe('topics', () => {
  it('have their documented names, and those of integration events the namespace', () => {
    const ofInstances = topics.instances.all.map(({ name }) => name);
    expect(topics.fixed.map(({ name }) => name)).toEqual([
      ...['orchestrator.registration', 'orchestrator.execution.start', 'orchestrator.response.result'],
      ...['orchestrator.registration.status', 'skald.events.saga', 'skald.events.orchestration'],
      ...['skald.events.worker', 'skald.events.deadletter', 'skald.events.instance'],
      ...['skald.checkpoints', ...ofInstances],
    ]);
    expect(topics.work('tenant', 'create_it')).toMatchObject({
      name: 'orchestrator.tenant.create_it',
      partitions: 3,
    });
  });

  it('of two steps are never the same, not even for Kafka, and never one of ours', () => {
    const pairs = [
      ...[['a.b', 'c'] as const, ['a', 'b.c'] as const, ['a_b', 'c'] as const, ['a', 'b_c'] as const],
      ...[['registration', 'status'] as const, ['execution', 'start'] as const],
    ];
    const names = pairs.map(([orchName, step]) => topics.work(orchName, step).name.replaceAll('.', '_'));
    const ours = topics.fixed.map(({ name }) => name.replaceAll('.', '_'));
    expect(new Set([...names, ...ours]).size).toBe(names.length + ours.length);
  });

  it('take their partitions and retention from the configuration', () => {
    const other = createTopics({
      namespace: 'x',
      overrides: { sagaEvents: { partitions: 12, retentionMs: -1 } },
    });
    expect(other.named('sagaEvents')).toMatchObject({ partitions: 12, retentionMs: -1 });
    expect(() => createTopics({ namespace: 'a b' })).toThrow(InvalidTopicName);
  });
});

describe('the AsyncAPI document', () => {
  const document = z
    .object({
      asyncapi: z.literal('3.0.0'),
      channels: z.record(
        z.string(),
        z.looseObject({ address: z.string(), messages: z.record(z.string(), z.json()) }),
      ),
      operations: z.record(z.string(), z.looseObject({ action: z.enum(['send', 'receive']) })),
      components: z.looseObject({
        messages: z.record(z.string(), z.looseObject({ payload: z.looseObject({}) })),
      }),
    })
    .parse(asyncApiOf(topics));

  it('has a channel for every topic, and one for those of steps', () => {
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual([
      ...topics.fixed.map(({ name }) => name),
      'orchestrator.{orchName}.{stepName}',
    ]);
  });

  it('points only at what is there, and describes every public event', () => {
    const text = JSON.stringify(document);
    const pointers = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'));
    expect(pointers.length).toBeGreaterThan(50);
    for (const path of pointers) {
      const found = path.reduce<unknown>(
        (at, key) => z.record(z.string(), z.unknown()).parse(at)[key],
        document,
      );
      expect(found, path.join('/')).toBeDefined();
    }
    for (const { type } of publicEvents) expect(document.components.messages).toHaveProperty([type]);
  });
});
