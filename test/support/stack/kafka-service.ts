// A service that knows Kafka and nothing else: plain kafkajs, at least once.
import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, Message } from 'kafkajs';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { quietNegativeTimeouts } from '../../../src/infra/message-bus/kafka/timeout-warning.ts';
import type { Deployment } from './skald-on-servers.ts';
import { task, verdictOn } from './outside-world.ts';
import type { OutsideWorld } from './outside-world.ts';

const LOOK_MS = 100;
// It outlasts an outage by itself and is back soon after it.
const PERSISTENT = { retries: 1_000_000, initialRetryTime: 100, maxRetryTime: 500 };

export const kafkaService = async ({ namespace, brokers }: Deployment, world: OutsideWorld) => {
  quietNegativeTimeouts();
  const kafka = new Kafka({
    clientId: `${namespace}-service`,
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: PERSISTENT,
    requestTimeout: 5000,
    enforceRequestTimeout: true,
  });
  const topics = createTopics({ namespace, topicPrefix: namespace });
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1 });
  const consumer = kafka.consumer({
    groupId: `${namespace}-service`,
    sessionTimeout: 10_000,
    heartbeatInterval: 1000,
    allowAutoTopicCreation: false,
    retry: { ...PERSISTENT, restartOnFailure: () => Promise.resolve(true) },
  });
  await producer.connect();
  await consumer.connect();
  const send = async (role: 'start' | 'answers', message: Message): Promise<void> => {
    await producer.send({ topic: topics.named(role).name, messages: [message] });
  };

  return {
    send,
    /** Works on these steps; resolves once they have topics and it is on its way to them. */
    serve: async (steps: readonly (readonly [orchName: string, step: string])[]): Promise<void> => {
      const names = steps.map(([orchName, step]) => topics.work(orchName, step).name);
      await untilThere(kafka.admin(), names);
      await consumer.subscribe({ topics: [...names], fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          if (message.headers?.['skald-origin'] === undefined) return;
          const body: unknown = JSON.parse(String(message.value));
          const { attempt, effectId } = taskMetadata(body);
          const given = task.parse({ ...asObject(body), attempt, effectId });
          world.act(given);
          const { flowId, orchName, stepName, action, payload } = given;
          const answer = { flowId, orchName, stepName, action, payload };
          const metadata = { ...verdictOn(given), attempt };
          await send('answers', { key: flowId, value: JSON.stringify({ ...answer, metadata }) });
        },
      });
    },
    stop: async (): Promise<void> => {
      await consumer.disconnect();
      await producer.disconnect();
    },
  };
};

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {});

const taskMetadata = (body: unknown): { readonly attempt?: unknown; readonly effectId?: unknown } =>
  asObject(Reflect.get(asObject(body), 'metadata'));

const untilThere = async (admin: Admin, names: readonly string[]): Promise<void> => {
  await admin.connect();
  for (;;) {
    const there = new Set(await admin.listTopics());
    if (names.every((name) => there.has(name))) break;
    await pause(LOOK_MS);
  }
  await admin.disconnect();
};
