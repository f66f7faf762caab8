// The story of a service that knows Kafka and nothing else: its worker is made with plain kafkajs.
import { Kafka, logLevel } from 'kafkajs';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { sagaStream } from '../../src/domain/saga/aggregate.ts';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { initiatorYaml, messagingWorld, workerYaml } from '../support/messaging-world.ts';
import { startKafka } from '../support/servers/kafka.ts';

const server = await startKafka();
afterAll(server.stop);
const brokers = server.brokers.split(',');
const ACTOR = { kind: 'service', id: 'ci', source: 'http' } as const;
const WITHIN = { timeout: 40_000, interval: 100 };

const task = z.looseObject({
  ...{ flowId: z.string(), stepName: z.string(), action: z.enum(['DO', 'UNDO']), payload: z.string() },
  metadata: z.looseObject({ attempt: z.int(), originalCompletedAt: z.string().optional() }),
});
type Task = z.infer<typeof task>;

/** A client with a prefix of topics of its own, so that every run has its own on a server that stays. */
const openClient = async () => {
  const id = `t${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`;
  const kafka = new Kafka({ clientId: id, brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  const send = async (topic: string, key: string, value: string | null, headers: IHeaders = {}) => {
    await producer.send({ topic: `${id}.${topic}`, messages: [{ key, value, headers }] });
  };
  const read = async (
    topics: readonly string[],
    take: (message: KafkaMessage, topic: string) => Promise<void>,
  ) => {
    const consumer = kafka.consumer({ groupId: crypto.randomUUID() });
    await consumer.connect();
    onTestFinished(() => consumer.disconnect());
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({ eachMessage: ({ message, topic }) => take(message, topic) });
  };
  return { id, send, read };
};

const openWorld = async (id: string) => {
  const bus = await kafkaBus({ brokers, clientId: id, clock: systemClock(), sessionTimeoutMs: 10_000 });
  const world = await messagingWorld({
    bus,
    topicConfig: { namespace: id, topicPrefix: id },
    faults: (deps) => ({ ...deps, group: `${id}.skald` }),
  });
  onTestFinished(() => bus.close());
  await bus.ensureTopics(world.messaging.topics());
  return world;
};

describe(`a service over Kafka ${server.version} (${server.source})`, () => {
  it(
    'registers in YAML, is given work, undoes it, and its poison becomes a letter',
    { timeout: 120_000 },
    async () => {
      const { id, send, read } = await openClient();
      const world = await openWorld(id);
      void world.run('consumers', 'bridge', 'workItems');
      const steps = ['reserve', 'pay'];
      await send('registration', 'trip', initiatorYaml('trip', steps), { serviceName: 'front' });
      await send('registration', 'trip', workerYaml('trip', steps), { serviceName: 'back' });
      const work = steps.map((step) => `${id}.trip.${step}`);
      await expect
        .poll(() => world.messaging.topics().map(({ name }) => name), WITHIN)
        .toEqual(expect.arrayContaining(work));
      await world.bus.ensureTopics(world.messaging.topics());

      const told: Task[] = [];
      await read(work, async ({ value, headers }, topic) => {
        if (headers?.['skald-origin'] === undefined) return;
        const item = task.parse(JSON.parse(String(value)));
        told.push(item);
        const metadata = { status: 'SUCCESS', attempt: item.metadata.attempt };
        const payload = Buffer.from(item.stepName).toString('base64');
        const answer = JSON.stringify({ ...item, payload, metadata });
        if (item.stepName === 'pay') await send('response.result', item.flowId, answer);
        else await send(topic.slice(id.length + 1), item.flowId, answer);
      });
      const published: string[] = [];
      await read([`${id}.events.saga`], ({ headers }) => {
        published.push(String(headers?.['ce_id']));
        return Promise.resolve();
      });

      const flowId = crypto.randomUUID();
      await send('execution.start', 'poison', '{ this is no JSON');
      await send('execution.start', 'poison', null);
      await send('execution.start', flowId, JSON.stringify({ orchName: 'trip', payload: 'aGk=' }), {
        flowId,
      });
      await expect.poll(() => world.statusOf(flowId), WITHIN).toBe('COMPLETED');
      expect(
        told.map(({ stepName, payload }) => [stepName, Buffer.from(payload, 'base64').toString()]),
      ).toEqual([
        ['reserve', 'hi'],
        ['pay', 'reserve'],
      ]);
      await world.commands.undoSaga(flowId, {}, { actor: ACTOR });
      await expect.poll(() => world.statusOf(flowId), WITHIN).toBe('UNDONE');
      expect(told.slice(2).map(({ action, stepName }) => `${action} ${stepName}`)).toEqual([
        'UNDO pay',
        'UNDO reserve',
      ]);
      for (const { metadata } of told.slice(2)) expect(metadata.originalCompletedAt).toMatch(/Z$/);

      await expect
        .poll(async () => (await world.events()).filter(({ type }) => type === 'LetterParked').length, WITHIN)
        .toBe(2);
      const stored = (await world.events()).filter(({ stream }) => stream === sagaStream(flowId));
      await expect.poll(() => [...new Set(published)], WITHIN).toEqual(stored.map(({ eventId }) => eventId));
      expect((await world.events()).filter(({ type }) => type === 'RecordNoted')).toEqual([]);
    },
  );
});
