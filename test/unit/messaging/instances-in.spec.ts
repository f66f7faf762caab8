import { describe, expect, it } from 'vitest';
import { context, headersWith, objectWith, valueOf } from '../../support/instance-world.ts';
import {
  embeddedBusOfTest,
  FLOW_HEADERS,
  flowJson,
  flowOf,
  freshConfig,
  instanceStage,
  textOf,
} from '../../support/instance-story.ts';
import type { InRecord } from '../../../src/infra/message-bus/port.ts';
import { eventually, follow, headersOf, inRecord } from '../../support/messaging-world.ts';

const CORRELATION = '0191e1f0-0000-7000-8000-000000000001';
const flow = (more = '') => ({ [FLOW_HEADERS]: flowJson(CORRELATION, more) });
const ofInstance = flow(',"instanceId":1');
const stage = async (instances = {}) => instanceStage(await embeddedBusOfTest(), freshConfig(instances));

describe('a record of an instance', () => {
  it('is one instance, however often it comes', async () => {
    const { world, take } = await stage();
    const first = await take('instanceReceived', '{}', flow());
    expect(first).toMatchObject({ kind: 'done', instanceId: '1' });
    expect(await take('instanceReceived', '{}', flow())).toEqual(first);
    expect(await take('instanceReceived', '{}', flow(), '1')).toMatchObject({ instanceId: '2' });
    const dispatched = await take('instanceDispatched', '{"id":1}', ofInstance);
    expect(await take('instanceDispatched', '{"id":1}', ofInstance)).toEqual(dispatched);
    expect(await world.typesOf('instance-1')).toEqual([
      ...['InstanceReceived', 'InstanceRegistered', 'InstanceDispatched', 'InstanceDeleted'],
    ]);
  });

  it('was made when its sender says, else when it came; what is null is not there', async () => {
    const { world, take } = await stage();
    const made = ['"2025-01-31T12:00:00.5+01:00"', '1738321200500', 'null'];
    for (const [at, createdAt] of made.entries()) {
      const leaf = '{"valuePerKey":null,"objectCollectionPerKey":null,"createdAt":"dropped"}';
      const value = `{"createdAt":${createdAt},"valuePerKey":{"a":null,"b":"B"},"objectCollectionPerKey":{"c":null,"d":[${leaf}]}}`;
      expect(await take('instanceReceived', value, flow(), String(at))).toMatchObject({ kind: 'done' });
    }
    const received = (await world.events()).filter(({ type }) => type === 'InstanceReceived');
    expect(received.map(({ data }) => data)).toMatchObject([
      { createdAt: '2025-01-31T11:00:00.500Z' },
      { createdAt: '2025-01-31T11:00:00.500Z' },
      { createdAt: null },
    ]);
    const leaf = { valuePerKey: {}, objectCollectionPerKey: {} };
    expect(await world.core.openers.openInstance('1')).toMatchObject({
      value: { valuePerKey: { b: 'B' }, objectCollectionPerKey: { d: [leaf] } },
    });
  });

  it('tells how far it got and what went wrong with it', async () => {
    const { world, take } = await stage();
    await take('instanceReceived', '{}', flow());
    await take('instanceMapped', 'anything', ofInstance, '1');
    await take('instanceReadyForDispatch', null, ofInstance, '2');
    const errors = '{"errors":[{"errorCode":"E","args":{"a":"b"}},{"errorCode":"F","args":null}]}';
    await take('instanceMappingError', errors, ofInstance, '3');
    await take('instanceDispatchingError', null, ofInstance, '4');
    await take('instanceReceivalError', errors, ofInstance, '5');
    const events = (await world.events()).filter(({ stream }) => stream === 'instance-1').slice(2);
    expect(events).toMatchObject([
      ...['mapped', 'ready-for-dispatch', 'mapping', 'dispatching', 'receival'].map((category) => ({
        data: { category },
        metadata: { correlationId: CORRELATION },
      })),
    ]);
  });

  it('that was refused before it came is kept as a delivery, of which nobody is told again', async () => {
    const { world, take, follow: read } = await stage();
    const refused = await read('instanceRegistrationError');
    expect(await take('instanceReceivalError', '{"errors":[{"errorCode":"E"}]}', flow())).toMatchObject({
      kind: 'done',
    });
    expect(await take('instanceReceived', '[]', flow(), '1')).toMatchObject({ code: 'invalid_input' });
    void world.run('bridge');
    await eventually(() => {
      expect(refused).toHaveLength(1);
    });
    expect(textOf(refused[0])).toContain('FINT_FLYT_INSTANCE_SERVICE_GENERAL_SYSTEM_ERROR');
    const events = (await world.events()).filter(({ type }) => type === 'IntakeRefused');
    expect(events).toHaveLength(2);
  });

  it('is a dead letter of its own kind for each thing it lacks', async () => {
    const { take } = await stage();
    const cases = [
      ['instanceReceived', '{}', {}, 'missing_flow_headers'],
      ['instanceReceived', '{}', { [FLOW_HEADERS]: '{' }, 'unreadable_flow_headers'],
      ['instanceReceived', '{}', { [FLOW_HEADERS]: 'null' }, 'unreadable_flow_headers'],
      ['instanceReceived', '{', flow(), 'malformed_json'],
      ['instanceReceived', '{"valuePerKey":{"a":1}}', flow(), 'invalid_input'],
      ['instanceReceived', '{"objectCollectionPerKey":{"a":[null]}}', flow(), 'invalid_input'],
      ['instanceReceived', '{"createdAt":"yesterday"}', flow(), 'invalid_input'],
      ['instanceReceived', '{"createdAt":9223372036854775807}', flow(), 'invalid_input'],
      ['instanceReceived', JSON.stringify({ valuePerKey: { a: 'x'.repeat(262_144) } }), flow(), 'too_large'],
      ['instanceReceived', '{"valuePerKey":{"__proto__":"x"}}', flow(), 'malformed_json'],
      ['instanceDispatched', null, flow(), 'missing_instance_id'],
      ['instanceDispatched', null, ofInstance, 'unknown_instance'],
      ['instanceMapped', null, flow(), 'missing_instance_id'],
      ['instanceMappingError', '{"errors":1}', ofInstance, 'invalid_input'],
      ['instanceMappingError', '{', ofInstance, 'malformed_json'],
      ['instanceDispatchingError', null, flow(), 'missing_instance_id'],
    ] as const;
    for (const [role, value, headers, code] of cases)
      expect(await take(role, value, headers), code).toMatchObject({ kind: 'poison', code });
    expect(await take('instanceDispatched', null, ofInstance)).toMatchObject({ instanceId: '1' });
  });

  it('that is too large to be read is refused all the same, and its letter says whose it is', async () => {
    const { world, take, follow: read } = await stage();
    const refused = await read('instanceRegistrationError');
    const large = ' '.repeat(1_048_577);
    const code = 'too_large';
    expect(await take('instanceReceived', large, flow())).toMatchObject({ kind: 'poison', code });
    expect((await world.events()).map(({ type }) => type)).toContain('IntakeRefused');
    void world.run('bridge');
    await eventually(() => {
      expect(refused.map(textOf)).toEqual([expect.stringContaining('too_large')]);
    });
    const named = { kind: 'poison', code, instanceId: '1' };
    for (const role of ['instanceMappingError', 'instanceDispatchingError'] as const)
      expect(await take(role, large, ofInstance)).toMatchObject(named);
    expect(await take('headersRequest', large, {})).toMatchObject({ kind: 'poison', code });
  });

  it('tells of errors of every kind on one topic where they are merged there', async () => {
    const { world, take, follow: read } = await stage({ errors: 'merged' });
    const errors = await read('instanceError');
    await take('instanceReceived', '{}', flow());
    const merged = (name: string) => `{"name":"${name}","errors":[{"errorCode":"E"}]}`;
    for (const [at, name] of ['RECEIVAL', 'MAPPING', 'DISPATCHING'].entries())
      await take('instanceError', merged(name), ofInstance, String(at));
    for (const name of ['REGISTRATION', 'RETRY_REQUEST'])
      expect(await take('instanceError', merged(name), ofInstance)).toEqual({
        kind: 'noted',
        reason: 'own_message',
      });
    expect((await world.typesOf('instance-1')).slice(2)).toEqual(Array(3).fill('InstanceErrorReported'));
    await take('instanceReceived', '[]', flow(), '1');
    void world.run('bridge');
    await eventually(() => {
      expect(errors.map(textOf)).toEqual([expect.stringContaining('{"name":"REGISTRATION","errors":[')]);
    });
  });
});

describe('a request for flow headers', () => {
  const REPLY = (orgId: string, asker = 'asker') =>
    `${orgId}.flyt.reply.${asker}.instance-flow-headers-for-registered-instance`;

  it('is answered with them, or with nothing, under its own correlation id', async () => {
    const bus = await embeddedBusOfTest();
    const config = freshConfig();
    const { world, take, nameOf } = await instanceStage(bus, config);
    const replyTopic = REPLY(config.instances?.orgId ?? '');
    await bus.ensureTopics([{ name: replyTopic, partitions: 1, retentionMs: -1 }]);
    const replies = await follow(bus, [replyTopic]);
    const { receiveInstance } = world.core.commands;
    const headers = headersWith();
    valueOf(await receiveInstance({ headers, value: objectWith('a') }, context));
    const asked = { kafka_replyTopic: replyTopic, kafka_correlationId: '\u0001 any bytes' };
    expect(await take('headersRequest', '1', asked)).toEqual({ kind: 'done', position: null });
    await take('headersRequest', '9223372036854775807', asked);
    // As Spring makes them.
    const binary = Uint8Array.from({ length: 16 }, (_, index) => index * 16 + 15);
    const binarily: InRecord['headers'] = [
      ['kafka_correlationId', binary],
      ['kafka_replyTopic', Buffer.from(replyTopic)],
    ];
    await world.messaging.handle({ ...inRecord(nameOf('headersRequest'), '2'), headers: binarily }, 0);
    await eventually(() => {
      expect(replies).toHaveLength(3);
    });
    const [known, unknown, third] = replies;
    expect(third?.headers.find(([name]) => name === 'kafka_correlationId')?.[1]).toEqual(binary);
    expect(textOf(known)).toContain('"integrationId":9007199254740993');
    expect(JSON.parse(textOf(known) ?? '')).toMatchObject({
      correlationId: headers.correlationId,
      instanceId: 1,
    });
    expect(textOf(unknown)).toBeNull();
    for (const reply of replies.slice(0, 2))
      expect(headersOf(reply)['kafka_correlationId']).toBe(asked.kafka_correlationId);
    expect(flowOf(known)).toBe('');
  });

  it('is not answered where it does not say where to, or names a topic that is not for replies', async () => {
    const config = freshConfig();
    const orgId = config.instances?.orgId ?? '';
    const { take } = await instanceStage(await embeddedBusOfTest(), config);
    const asked = (kafka_replyTopic: string) => ({ kafka_replyTopic, kafka_correlationId: '1' });
    const places = [
      ...[REPLY('other'), REPLY(orgId, ''), REPLY(orgId, 'a.b'), REPLY(orgId, 'A'), `${orgId}.flyt.reply`],
      ...[`${orgId}.flyt.event.instance-registered`, REPLY(orgId, 'missing')],
    ];
    for (const place of places)
      expect(await take('headersRequest', '1', asked(place)), place).toMatchObject({
        code: 'invalid_header',
      });
    for (const headers of [{}, { kafka_replyTopic: REPLY(orgId) }, { kafka_correlationId: '1' }])
      expect(await take('headersRequest', '1', headers)).toMatchObject({ code: 'invalid_header' });
    for (const value of ['1.5', '9223372036854775808', '"x"', '{}'])
      expect(await take('headersRequest', value, asked(REPLY(orgId)))).toMatchObject({
        code: 'invalid_input',
      });
    expect(await take('headersRequest', null, asked(REPLY(orgId)))).toMatchObject({ code: 'malformed_json' });
  });
});
