// Plain kafkajs. All that is Skald's keeps a harmless warning of that library out of the story.
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Consumer, IHeaders, KafkaMessage } from 'kafkajs';
import { quietNegativeTimeouts } from '../../src/infra/message-bus/kafka/timeout-warning.ts';
import type { ServiceBus, ServiceRecord } from './service-bus.ts';

export const kafkaServiceBus = async (brokers: string): Promise<ServiceBus> => {
  quietNegativeTimeouts();
  const kafka = new Kafka({ clientId: 'demo', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  // One request at a time: a retry does not overtake what came after it.
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
  const consumers: Consumer[] = [];
  await Promise.all([admin.connect(), producer.connect()]);
  return {
    there: async (topics, signal) => {
      for (;;) {
        const existing = new Set(await admin.listTopics());
        if (topics.every((topic) => existing.has(topic))) return;
        await sleep(50, undefined, { signal });
      }
    },
    send: async ({ topic, ...message }) => {
      await producer.send({ topic, acks: -1, messages: [message] });
    },
    read: async (group, topics, handle) => {
      const consumer = kafka.consumer({
        groupId: group,
        allowAutoTopicCreation: false,
        maxWaitTimeInMs: 500,
      });
      consumers.push(consumer);
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        partitionsConsumedConcurrently: 10,
        eachMessage: ({ topic, message }) => handle(recordOf(topic, message)),
      });
    },
    close: async () => {
      await Promise.all([...consumers, producer, admin].map((client) => client.disconnect()));
    },
  };
};

const recordOf = (topic: string, { key, value, headers = {} }: KafkaMessage): ServiceRecord => ({
  topic,
  key: key?.toString() ?? '',
  value: value?.toString() ?? '',
  headers: textsOf(headers),
});

/** Of several with one name the last one counts. */
const textsOf = (headers: IHeaders): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String([value].flat().at(-1) ?? '')]),
  );
