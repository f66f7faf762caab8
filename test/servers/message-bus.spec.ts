import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { messageBusContract } from '../contracts/message-bus.contract.ts';
import { messageBusGroupsContract } from '../contracts/message-bus-groups.contract.ts';
import { topicName } from '../support/bus-records.ts';
import type { OpenBus } from '../support/bus-records.ts';
import { startKafka } from '../support/servers/kafka.ts';

const server = await startKafka();
afterAll(server.stop);

const openOne = () =>
  kafkaBus({
    brokers: server.brokers.split(','),
    clientId: 'contract',
    clock: systemClock(),
    sessionTimeoutMs: 6000,
  });

const open: OpenBus = async () => {
  const bus = await openOne();
  const buses = [bus];
  return {
    bus,
    another: async () => {
      const one = await openOne();
      buses.push(one);
      return one;
    },
    close: async () => {
      await Promise.all(buses.map((one) => one.close()));
    },
  };
};

messageBusContract(`Kafka ${server.version}`, open);
messageBusGroupsContract(`Kafka ${server.version}`, open);

/** An operator's view of the brokers. */
const openAdmin = async () => {
  const kafka = new Kafka({
    clientId: 'operator',
    brokers: server.brokers.split(','),
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  return {
    set: (name: string, settings: Readonly<Record<string, string>>) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type,
            name,
            configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })),
          },
        ],
      }),
    ownOf: async (name: string): Promise<Readonly<Record<string, string>>> => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type, name }],
      });
      const own = (resources[0]?.configEntries ?? []).filter(
        ({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG,
      );
      return Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue]));
    },
  };
};

describe('topics on Kafka (F-K-11)', () => {
  it('are made and altered as they must be, each by itself, and keep what else an operator set', async () => {
    const bus = await openOne();
    onTestFinished(() => bus.close());
    const { set, ownOf } = await openAdmin();
    const [one, other] = [topicName(), topicName()];
    const spec = { partitions: 1, retentionMs: 60_000 };
    await bus.ensureTopics([
      { ...spec, name: one, segmentMs: 30_000 },
      { ...spec, name: other },
    ]);
    expect([await ownOf(one), await ownOf(other)]).toEqual([
      { 'retention.ms': '60000', 'segment.ms': '30000' },
      { 'retention.ms': '60000' },
    ]);
    await set(one, { 'retention.ms': '1', 'max.message.bytes': '2000000' });
    await set(other, { 'retention.ms': '60000', 'segment.ms': '70000' });
    await bus.ensureTopics([
      { ...spec, name: one, segmentMs: 20_000 },
      { ...spec, name: other },
    ]);
    expect([await ownOf(one), await ownOf(other)]).toEqual([
      { 'retention.ms': '60000', 'segment.ms': '20000', 'max.message.bytes': '2000000' },
      { 'retention.ms': '60000', 'segment.ms': '70000' },
    ]);
  });
});
