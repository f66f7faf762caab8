import { Kafka, logLevel } from 'kafkajs';
import type { IHeaders } from 'kafkajs';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import type { TopicRole } from '../../../src/infra/messaging/topics.ts';
import type { Deployment } from './skald-on-servers.ts';

export type ReadRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
};
type Role = Exclude<TopicRole, 'work'>;

export const EVENTS = ['sagaEvents', 'orchestrationEvents', 'workerEvents', 'deadLetterEvents'] as const;
export const TAKEN_IN = ['start', 'answers'] as const;

/** Reads topics from the beginning, and goes on until it is stopped. */
export const readTopics = async ({ namespace, brokers }: Deployment, roles: readonly Role[]) => {
  const records: ReadRecord[] = [];
  const names = topicsOf(namespace, roles);
  const kafka = new Kafka({
    clientId: `${namespace}-reader`,
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: crypto.randomUUID(), allowAutoTopicCreation: false });
  const admin = kafka.admin();
  await admin.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [...names], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, partition, message }) => {
      const { offset, key, value, headers } = message;
      const place = { topic, partition, offset };
      records.push({ ...place, key: String(key), value: String(value), headers: textsIn(headers) });
      return Promise.resolve();
    },
  });
  const inTopic = async (topic: string): Promise<number> =>
    (await admin.fetchTopicOffsets(topic)).reduce(
      (sum, { high, low }) => sum + Number(high) - Number(low),
      0,
    );
  return {
    records: records as readonly ReadRecord[],
    /** How many records there are by now. */
    there: async (): Promise<number> =>
      (await Promise.all(names.map(inTopic))).reduce((sum, count) => sum + count, 0),
    stop: async (): Promise<void> => {
      await consumer.disconnect();
      await admin.disconnect();
    },
  };
};

const topicsOf = (namespace: string, roles: readonly Role[]): readonly string[] => {
  const topics = createTopics({ namespace, topicPrefix: namespace });
  return roles.map((role) => topics.named(role).name);
};

const textsIn = (headers: IHeaders = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** What came, without what came again. */
export const distinctIds = (records: readonly ReadRecord[]): number =>
  new Set(records.map(({ headers }) => headers['ce_id'])).size;
