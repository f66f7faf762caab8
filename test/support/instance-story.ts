// What an application that knows the documented topics sees of instances, told over whatever bus it is given.
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { InRecord, MessageBus, OutRecord } from '../../src/infra/message-bus/port.ts';
import { createHeadersDesk } from '../../src/infra/messaging/instances/headers-desk.ts';
import type { InstanceTopicRole } from '../../src/infra/messaging/instances/instance-topics.ts';
import type { MessagingDeps } from '../../src/infra/messaging/messaging.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import type { TopicConfig } from '../../src/infra/messaging/topics.ts';
import { freshDirectory } from './fresh-directory.ts';
import { context, headersWith, objectWith, valueOf } from './instance-world.ts';
import { eventually, follow, headersOf, inRecord, messagingWorld } from './messaging-world.ts';

/** For a test of its own. */
export const embeddedBusOfTest = async (): Promise<MessageBus> => {
  const bus = await embeddedBus({ dataDir: freshDirectory(), clock: systemClock() });
  onTestFinished(() => bus.close());
  return bus;
};

/** A bus that lives as long as the test does. */
export type OpenBus = () => Promise<MessageBus>;

export const FLOW_HEADERS = 'flyt.instance-flow-headers';
/** A double would round it. */
const LARGE = '9007199254740993';

/** A deployment's topics, told from those of other tests on a server that stays. */
export const freshConfig = (instances: TopicConfig['instances'] = {}): TopicConfig => {
  const id = `t${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`;
  return { namespace: id, topicPrefix: id, instances: { orgId: id, ...instances } };
};

export const flowJson = (correlationId: string, more = ''): string =>
  `{"sourceApplicationId":${LARGE},"correlationId":"${correlationId}","fileIds":[],"integrationId":null${more}}`;

type InHeaders = Readonly<Record<string, string>>;
type Faults = (deps: MessagingDeps) => MessagingDeps;

/** A world over the bus, and the topics as others know them. */
export const instanceStage = async (
  bus: MessageBus,
  config = freshConfig(),
  faults: Faults = (deps) => deps,
) => {
  const topics = createTopics(config);
  const nameOf = (role: InstanceTopicRole): string => topics.named(role).name;
  const desk =
    config.instances?.flowHeaders === 'ask'
      ? createHeadersDesk({
          applicationId: topics.instances.applicationId,
          request: topics.named('headersRequest'),
          reply: topics.named('headersReply'),
          clock: systemClock(),
          ids: systemIds(),
          onTrouble: () => undefined,
        })
      : undefined;
  const asking = desk === undefined ? {} : { desk };
  const world = await messagingWorld({ bus, topicConfig: config, faults, ...asking });
  await bus.ensureTopics(topics.fixed);
  const record = (role: InstanceTopicRole, value: string | null, headers: string | null): OutRecord => ({
    topic: nameOf(role),
    key: null,
    value: value === null ? null : Buffer.from(value),
    headers: headers === null ? [] : [[FLOW_HEADERS, Buffer.from(headers)]],
  });
  return {
    world,
    nameOf,
    publish: async (role: InstanceTopicRole, value: string | null, headers: string | null): Promise<void> => {
      expect(await bus.publish([record(role, value, headers)])).toEqual({ kind: 'ok' });
    },
    follow: (role: InstanceTopicRole) => follow(bus, [nameOf(role)]),
    /** Takes a record in as if it had come. */
    take: (role: InstanceTopicRole, value: string | null, headers: InHeaders, offset = '0') =>
      world.messaging.handle(inRecord(nameOf(role), value, { offset, headers }), 0),
    lettersIn: async (): Promise<readonly string[]> =>
      (await world.events()).filter(({ type }) => type === 'LetterParked').map(codeOf),
  };
};

const letter = z.object({ cause: z.object({ code: z.string() }) });
const codeOf = ({ data }: { readonly data: unknown }): string => letter.parse(data).cause.code;

export const flowOf = (record: InRecord | undefined): string =>
  record === undefined ? '' : (headersOf(record)[FLOW_HEADERS] ?? '');
export const textOf = (record: InRecord | undefined): string | null =>
  record?.value == null ? null : Buffer.from(record.value).toString();

const correlated = z.object({ correlationId: z.uuid() });
const correlationOf = (record: InRecord): string =>
  correlated.parse(JSON.parse(flowOf(record))).correlationId;

export const instanceStory = (name: string, open: OpenBus): void => {
  describe(`instances over ${name}`, { timeout: 120_000 }, () => {
    it('are received, registered, passed on and deleted, every digit of their numbers kept', async () => {
      const { world, publish, follow: read } = await instanceStage(await open());
      const [registered, deleted] = [await read('instanceRegistered'), await read('instanceDeleted')];
      void world.run('consumers', 'bridge');
      const correlationId = crypto.randomUUID();
      const value =
        `{"id":${LARGE},"createdAt":"2125-01-31T12:00:00+01:00","valuePerKey":{"title":"æøå"},` +
        '"objectCollectionPerKey":{"files":[{"id":7,"valuePerKey":{"name":"a"},"objectCollectionPerKey":{}}]}}';
      await publish('instanceReceived', value, flowJson(correlationId));
      await eventually(() => {
        expect(registered).toHaveLength(1);
      });
      const [first] = registered;
      expect(first?.key).toBeNull();
      expect(textOf(first)).toBe(
        '{"id":1,"valuePerKey":{"title":"æøå"},' +
          '"objectCollectionPerKey":{"files":[{"valuePerKey":{"name":"a"},"objectCollectionPerKey":{}}]},' +
          '"createdAt":"2125-01-31T11:00:00.000Z"}',
      );
      expect(flowOf(first)).toContain(`"sourceApplicationId":${LARGE},`);
      expect(JSON.parse(flowOf(first))).toMatchObject({ correlationId, instanceId: 1, fileIds: [] });
      expect(headersOf(first ?? { headers: [] })['origin.application.id']).toBe('fint-flyt-instance-service');

      await publish('instanceDispatched', null, flowOf(first));
      await publish('instanceDispatched', null, flowOf(first));
      await eventually(() => {
        expect(deleted).toHaveLength(1);
      });
      expect([textOf(deleted[0]), JSON.parse(flowOf(deleted[0]))]).toEqual([null, JSON.parse(flowOf(first))]);
      await eventually(() => {
        expect(world.messaging.status().consumers.done).toBe(3);
      });
      expect(await world.typesOf('instance-1')).toEqual([
        ...['InstanceReceived', 'InstanceRegistered', 'InstanceDispatched', 'InstanceDeleted'],
      ]);
    });

    it('that cannot be taken are refused or parked, and the next one comes through', async () => {
      const { world, publish, follow: read, lettersIn } = await instanceStage(await open());
      const [registered, refused] = [
        await read('instanceRegistered'),
        await read('instanceRegistrationError'),
      ];
      void world.run('consumers', 'bridge');
      const correlationId = crypto.randomUUID();
      await publish('instanceReceived', '{}', null);
      await publish('instanceReceived', '{}', '{"sourceApplicationId":1}');
      await publish('instanceReceived', '{"valuePerKey":{"a":1}}', flowJson(correlationId));
      await publish('instanceReceived', null, flowJson(correlationId));
      await publish('instanceReceived', '{}', flowJson(correlationId));
      await eventually(() => {
        expect(registered).toHaveLength(1);
        expect(refused).toHaveLength(2);
      });
      expect(await lettersIn()).toEqual([
        ...['missing_flow_headers', 'unreadable_flow_headers', 'invalid_input', 'malformed_json'],
      ]);
      expect(JSON.parse(flowOf(refused[0]))).toMatchObject({ correlationId });
      expect(JSON.parse(textOf(refused[0]) ?? '')).toEqual({
        errors: [
          {
            errorCode: 'FINT_FLYT_INSTANCE_SERVICE_GENERAL_SYSTEM_ERROR',
            args: expect.objectContaining({ code: 'invalid_input', pointer: '/valuePerKey/a' }) as unknown,
          },
        ],
      });
    });

    it('asked for again, 1,000 with 3 missing, go out 997 times, each under an id of its own', async () => {
      const { world, follow: read } = await instanceStage(await open());
      const retried = await read('instanceRequestedForRetry');
      const { receiveInstance, retryInstances } = world.core.commands;
      const original = headersWith({ sourceApplicationId: LARGE });
      const ids = await Promise.all(
        Array.from({ length: 997 }, async (_, index) => {
          const input = { headers: original, value: objectWith(`n${String(index)}`) };
          return valueOf(await receiveInstance(input, context)).instanceId;
        }),
      );
      void world.run('bridge');
      const asked = ids.toSpliced(500, 0, '900001', '900002', '900003');
      const { results } = valueOf(await retryInstances(asked, context));
      const missing = results.filter(({ outcome }) => outcome !== 'requested');
      expect(missing.map(({ instanceId, outcome }) => [instanceId, outcome])).toEqual(
        asked.slice(500, 503).map((id) => [id, 'not-found']),
      );
      await eventually(() => {
        expect(retried).toHaveLength(997);
      });
      const correlations = retried.map(correlationOf);
      expect(new Set([...correlations, original.correlationId]).size).toBe(998);
      expect(correlations).toEqual(results.flatMap(({ correlationId: id }) => (id === null ? [] : [id])));
      const [first] = retried;
      expect(flowOf(first)).toContain(`"sourceApplicationId":${LARGE}`);
      expect(JSON.parse(flowOf(first))).toMatchObject({
        sourceApplicationInstanceId: original.sourceApplicationInstanceId,
        fileIds: original.fileIds,
        instanceId: Number(ids[0]),
      });
      expect(JSON.parse(textOf(first) ?? '')).toMatchObject({ valuePerKey: { title: 'n0' } });
    });

    it('are asked for their headers by one application and told of by another', async () => {
      const bus = await open();
      const { namespace } = freshConfig();
      const told = await instanceStage(bus, freshConfig({ orgId: namespace, applicationId: 'told' }));
      const asking = await instanceStage(
        bus,
        freshConfig({ orgId: namespace, applicationId: 'asking', flowHeaders: 'ask' }),
      );
      const registered = await told.follow('instanceRegistered');
      const retried = await told.follow('instanceRequestedForRetry');
      void told.world.run('consumers', 'bridge');
      void asking.world.run('consumers', 'bridge', 'desk');
      await told.publish('instanceReceived', '{"valuePerKey":{"a":"b"}}', flowJson(crypto.randomUUID()));
      await eventually(() => {
        expect(registered).toHaveLength(2);
      });
      await eventually(async () => {
        expect((await asking.world.core.commands.retryInstance('1', context)).kind).toBe('done');
      });
      await eventually(() => {
        expect(retried.length).toBeGreaterThan(0);
      });
      expect(flowOf(retried[0])).toContain(`"sourceApplicationId":${LARGE}`);
      await told.publish('instanceDispatched', null, flowOf(registered[0]));
      await eventually(async () => {
        expect(await told.world.typesOf('instance-1')).toContain('InstanceDeleted');
      });
    });
  });
};
