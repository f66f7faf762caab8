import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Admin, PartitionAssigner } from 'kafkajs';
import { Kafka, logLevel, PartitionAssigners } from 'kafkajs';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import type { MessageBus } from '../../src/infra/message-bus/port.ts';
import { aRecord, valueOf } from '../support/bus-record.ts';
import {
  groupName,
  lagsOf,
  newTopic,
  numbers,
  ok,
  publishAll,
  read,
  until,
  untilSeen,
  valuesOf,
} from '../support/bus-records.ts';
import { busesOver } from '../support/kafka-buses.ts';
import { freePort } from '../support/servers/kafka/free-port.ts';
import { startOwnKafka } from '../support/servers/kafka.ts';

const server = await startOwnKafka();
const buses = busesOver(server.brokers);
afterEach(buses.close);
afterAll(server.stop);

const CATCH_UP = { timeout: 15_000, interval: 50 };
/** A broker that is back by then finds it still being published. */
const PUBLISHED_WITHIN_MS = 12_000;
const sum = (lags: readonly number[]): number => lags.reduce((total, lag) => total + lag, 0);
/** What came, without what came again. */
const firsts = (values: readonly string[]): readonly string[] => [...new Set(values)];

describe('Kafka goes and comes back (F-K-01, F-K-02)', () => {
  it('says so when no broker answers at the start', { timeout: 30_000 }, async () => {
    const brokers = [`127.0.0.1:${String(await freePort())}`];
    await expect(kafkaBus({ brokers, clientId: 'nobody', clock: systemClock() })).rejects.toThrow();
  });

  it(
    'publishes and delivers what was asked of it while the broker was killed',
    { timeout: 90_000 },
    async () => {
      const bus = await buses.open(6000);
      const topic = await newTopic(bus);
      const reader = await read(bus, { topics: [topic] });
      await publishAll(bus, topic, ['before']);
      await untilSeen(reader, ['before']);
      await server.kill();
      const records = numbers(0, 50).map((value) => aRecord(topic, 'k', value));
      const from = performance.now();
      const publishing = bus.publish(records);
      await until(() => {
        expect(buses.warnings).toContain('publishing failed and is tried again');
        expect(reader.troubles.length).toBeGreaterThan(0);
      });
      await server.restart();
      const isSlow = performance.now() - from > PUBLISHED_WITHIN_MS;
      const result = await publishing;
      // A broker that comes up later than a publish goes on trying is asked again, as whoever publishes does.
      expect(isSlow && result.kind === 'ambiguous' ? await bus.publish(records) : result).toEqual(ok);
      await expect.poll(() => firsts(valuesOf(reader)), CATCH_UP).toEqual(['before', ...numbers(0, 50)]);
      expect(reader.fatal).toEqual([]);
    },
  );

  it(
    'answers within 30 s when the broker holds its connections and says nothing',
    { timeout: 90_000 },
    async () => {
      const bus = await buses.open(6000);
      const topic = await newTopic(bus);
      await publishAll(bus, topic, ['before']);
      await server.pause();
      const from = performance.now();
      const result = await bus.publish([aRecord(topic, 'k', 'lost?')]);
      const tookMs = performance.now() - from;
      await server.resume();
      expect(result.kind).toBe('ambiguous');
      expect(tookMs).toBeLessThan(30_000);
      await expect.poll(() => bus.publish([aRecord(topic, 'k', 'after')]), CATCH_UP).toEqual(ok);
      const reader = await read(bus, { topics: [topic] });
      // What had no answer may have been written, once or more, by the broker that came back.
      await until(() => {
        expect(firsts(valuesOf(reader)).filter((value) => value !== 'lost?')).toEqual(['before', 'after']);
      });
    },
  );

  it('writes again what was acknowledged too late, in order', { timeout: 90_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    await publishAll(bus, topic, ['before']);
    buses.warnings.length = 0;
    await server.pause();
    const publishing = bus.publish(numbers(0, 20).map((value) => aRecord(topic, 'k', value)));
    await expect
      .poll(() => buses.warnings, { timeout: 30_000 })
      .toContain('publishing failed and is tried again');
    await server.resume();
    expect(await publishing).toEqual(ok);
    await publishAll(bus, topic, ['after']);
    const reader = await read(bus, { topics: [topic] });
    await until(() => {
      expect(firsts(valuesOf(reader))).toEqual(['before', ...numbers(0, 20), 'after']);
    });
  });
});

describe('the group changes under a record (F-K-05, F-K-06)', () => {
  it(
    'leaves a batch when another member joins, commits nothing that is lost and loses no record',
    { timeout: 90_000 },
    async () => {
      const bus = await buses.open(3000);
      const topic = await newTopic(bus, 4);
      const group = groupName();
      const records = numbers(0, 400).map((value) => aRecord(topic, value, value));
      expect(await bus.publish(records)).toEqual(ok);
      const held = Promise.withResolvers<undefined>();
      const assignments = { first: 0, second: 0 };
      const first = await read(bus, {
        topics: [topic],
        group,
        onAssigned: () => Promise.resolve(void (assignments.first += 1)),
        handle: async () => {
          if (first.seen.length < 20) return;
          await held.promise;
          // Many short records, together longer than the time between two heartbeats.
          await lasting(50);
        },
      });
      await until(() => {
        expect(first.seen.length).toBeGreaterThanOrEqual(20);
      });
      const second = await read(await buses.open(3000), {
        topics: [topic],
        group,
        onAssigned: () => Promise.resolve(void (assignments.second += 1)),
      });
      // The second one waits for the first, whose records are still under way.
      await expect.poll(() => groupState(group), CATCH_UP).toBe('PreparingRebalance');
      held.resolve(undefined);
      await until(async () => {
        expect(sum(await lagsOf(bus, group, topic))).toBe(0);
      });
      expect(assignments).toEqual({ first: 2, second: 1 });
      const all = [...valuesOf(first), ...valuesOf(second)];
      expect(new Set(all).size).toBe(400);
      expect(second.seen.length).toBeGreaterThan(0);
      // At most what was under way, one record per partition, comes twice.
      expect(all.length).toBeLessThanOrEqual(404);
    },
  );

  it('keeps its partitions while one record takes longer than the session', { timeout: 60_000 }, async () => {
    const bus = await buses.open(2000);
    const topic = await newTopic(bus);
    const group = groupName();
    await publishAll(bus, topic, ['slow', 'next']);
    let assigned = 0;
    const reader = await read(bus, {
      topics: [topic],
      group,
      onAssigned: () => Promise.resolve(void (assigned += 1)),
      handle: (record) => (valueOf(record) === 'slow' ? lasting(7000) : Promise.resolve()),
    });
    await untilSeen(reader, ['slow', 'next']);
    await until(async () => {
      expect(await lagsOf(bus, group, topic)).toEqual([0]);
    });
    expect(assigned).toBe(1);
    expect(reader.troubles).toEqual([]);
  });
});

describe('the place of a group is gone (F-K-07)', () => {
  const readOnce = async (bus: MessageBus, topic: string, group: string) => {
    await publishAll(bus, topic, numbers(0, 10));
    const reader = await read(bus, { topics: [topic], group });
    await untilSeen(reader, numbers(0, 10));
    await reader.stop();
  };

  it('reads on where records begin when those behind its place were deleted, and says so', async () => {
    const bus = await buses.open(6000);
    const [topic, group] = [await newTopic(bus), groupName()];
    await readOnce(bus, topic, group);
    await publishAll(bus, topic, numbers(10, 20));
    await withAdmin(async (admin) => {
      // Asked first: what follows needs to know the topic, and does not ask itself.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
    });
    const reader = await read(bus, { topics: [topic], group });
    await untilSeen(reader, numbers(15, 20));
    await until(async () => {
      expect(await lagsOf(bus, group, topic)).toEqual([0]);
    });
    expect(buses.warnings).toContain('Offset out of range, resetting to default offset');
    expect(reader.fatal).toEqual([]);
  });

  it('reads everything again, once more, when the group was deleted', async () => {
    const bus = await buses.open(6000);
    const [topic, group] = [await newTopic(bus), groupName()];
    await readOnce(bus, topic, group);
    await expect.poll(() => groupState(group), CATCH_UP).toBe('Empty');
    await withAdmin((admin) => admin.deleteGroups([group]));
    const reader = await read(bus, { topics: [topic], group });
    await untilSeen(reader, numbers(0, 10));
    expect(reader.troubles).toEqual([]);
  });
});

describe('a consumer that crashes (F-K-10)', () => {
  it('is made anew and goes on once the cause is gone', { timeout: 90_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const group = groupName();
    const leave = await memberOfAnotherProtocol(group, topic);
    const reader = await read(bus, { topics: [topic], group });
    await publishAll(bus, topic, ['a']);
    await until(() => {
      expect(reader.troubles.length).toBeGreaterThanOrEqual(2);
    });
    expect(String(reader.troubles[0])).toContain('protocol');
    await leave();
    await untilSeen(reader, ['a']);
    expect(reader.fatal).toEqual([]);
  });

  it('is given up after five crashes without progress', { timeout: 90_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const group = groupName();
    const leave = await memberOfAnotherProtocol(group, topic);
    const reader = await read(bus, { topics: [topic], group });
    await expect.poll(() => reader.fatal.length, { timeout: 40_000 }).toBe(1);
    expect(reader.troubles.length).toBe(5);
    await leave();
  });
});

const lasting = (ms: number): Promise<void> =>
  new Promise((resolve) => void systemClock().schedule(ms, resolve));

const plainClient = () =>
  new Kafka({ brokers: server.brokers.split(','), clientId: 'test', logLevel: logLevel.NOTHING });

const withAdmin = async <Result>(use: (admin: Admin) => Promise<Result>): Promise<Result> => {
  const admin = plainClient().admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
};

const groupState = async (group: string): Promise<string | undefined> =>
  (await withAdmin((admin) => admin.describeGroups([group]))).groups[0]?.state;

/** A member the group cannot agree with: it shares out by rules of its own. It reads and commits nothing. */
const memberOfAnotherProtocol = async (group: string, topic: string): Promise<() => Promise<void>> => {
  const consumer = plainClient().consumer({
    groupId: group,
    partitionAssigners: [otherRules],
    maxWaitTimeInMs: 200,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  const joined = new Promise((resolve) => consumer.on('consumer.group_join', resolve));
  await consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() });
  await joined;
  return () => consumer.disconnect();
};

const otherRules: PartitionAssigner = (config) => {
  const rules = PartitionAssigners.roundRobin(config);
  const name = 'OtherRules';
  return { ...rules, name, protocol: (subscription) => ({ ...rules.protocol(subscription), name }) };
};
