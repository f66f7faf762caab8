// What a broker answers, or does not, to who publishes and who reads: through a proxy that speaks for it.
import { afterAll, afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { aRecord } from '../support/bus-record.ts';
import {
  FOR_EVER,
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
import { hurriedClock } from '../support/event-store-db.ts';
import { busesOver } from '../support/kafka-buses.ts';
import { kafkaProxy } from '../support/kafka-proxy.ts';
import { startOwnKafka } from '../support/servers/kafka.ts';

const server = await startOwnKafka();
const proxy = await kafkaProxy(server.brokers);
const buses = busesOver(proxy.brokers);
afterEach(buses.close);
afterAll(async () => {
  await proxy.close();
  await server.stop();
});

/** What the broker holds, read past the proxy. */
const heldIn = async (topic: string, count: number): Promise<readonly string[]> => {
  const direct = busesOver(server.brokers);
  onTestFinished(direct.close);
  const bus = await direct.open(6000);
  const reader = await read(bus, { topics: [topic] });
  await until(async () => {
    const [lag] = await bus.lag('nobody', [topic]);
    expect(lag?.end).toBe(String(reader.seen.length));
    expect(reader.seen.length).toBeGreaterThanOrEqual(count);
  });
  return valuesOf(reader);
};

describe('answers of the broker that are lost (F-K-02, F-K-03)', () => {
  it(
    'loses nothing that was acknowledged behind a publishing whose retries were used up',
    { timeout: 90_000 },
    async () => {
      const bus = await kafkaBus({
        ...{ brokers: [proxy.brokers], clientId: 'faults' },
        // Its patience of 14 s is one of one second; what kafkajs waits for itself stays as it is.
        clock: hurriedClock(14),
      });
      onTestFinished(bus.close);
      const topic = await newTopic(bus);
      await publishAll(bus, topic, ['before']);
      proxy.loseAnswers(Infinity);
      const given = await bus.publish([aRecord(topic, 'k', 'given up')]);
      proxy.loseAnswers(0);
      const lost = proxy.lost();
      expect(given).toMatchObject({ kind: 'ambiguous' });
      expect(lost).toBeGreaterThanOrEqual(2);
      // Other records, of which the broker must take none for one of those it has already.
      await publishAll(bus, topic, ['next']);
      await publishAll(bus, topic, numbers(0, 5));
      const held = await heldIn(topic, 8);
      expect([...new Set(held)]).toEqual(['before', 'given up', 'next', ...numbers(0, 5)]);
    },
  );

  it('writes records again, in their order, until an answer comes', { timeout: 90_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const before = proxy.lost();
    proxy.loseAnswers(3);
    await publishAll(bus, topic, ['a', 'b', 'c']);
    expect(proxy.lost() - before).toBe(3);
    const round = ['a', 'b', 'c'];
    expect(await heldIn(topic, 12)).toEqual([...round, ...round, ...round, ...round]);
  });
});

describe('records that the broker refuses for now (F-K-04)', () => {
  it.each([
    ['it does not know the partition', 3],
    ['its leader is another one', 6],
    ['too few replicas are in step', 19],
    ['it has no leader', 5],
    ['its disk failed', 56],
  ])('are sent again, and written once, where %s', { timeout: 90_000 }, async (_, code) => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const before = proxy.refused();
    proxy.refuse({ asked: 'produce', code, times: 3 });
    await publishAll(bus, topic, numbers(0, 5));
    await publishAll(bus, topic, ['after']);
    expect(proxy.refused() - before).toBe(3);
    expect(await heldIn(topic, 6)).toEqual([...numbers(0, 5), 'after']);
  });

  it(
    'go to a partition that is there once the topic was made anew with fewer',
    { timeout: 90_000 },
    async () => {
      const bus = await buses.open(6000);
      const topic = await newTopic(bus, 8);
      const all = numbers(0, 30).map((key) => aRecord(topic, key, key));
      expect(await bus.publish(all)).toEqual(ok);
      const admin = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      onTestFinished(() => admin.disconnect());
      await admin.deleteTopics({ topics: [topic] });
      await until(async () => {
        await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: FOR_EVER }]);
        expect(await bus.lag('nobody', [topic])).toHaveLength(1);
      });
      buses.warnings.length = 0;
      expect(await bus.publish(all)).toEqual(ok);
      expect(buses.warnings.join()).toContain('does not host this topic-partition');
      expect(new Set(await heldIn(topic, 30))).toEqual(new Set(numbers(0, 30)));
    },
  );
});

describe('a group whose coordinator is another one (F-K-07)', () => {
  it.each([
    ['has moved', 16],
    ['is not there yet', 15],
    ['knows nothing of the member', 25],
  ])('goes on where the coordinator %s', { timeout: 90_000 }, async (_, code) => {
    const bus = await buses.open(3000);
    const [topic, group] = [await newTopic(bus), groupName()];
    const reader = await read(bus, { topics: [topic], group });
    await publishAll(bus, topic, ['before']);
    await untilSeen(reader, ['before']);
    const before = proxy.refused();
    proxy.refuse({ asked: 'heartbeat', code, times: 3 });
    await expect.poll(() => proxy.refused() - before, { timeout: 60_000, interval: 50 }).toBe(3);
    await publishAll(bus, topic, ['after']);
    await expect
      .poll(() => [...new Set(valuesOf(reader))], { timeout: 60_000, interval: 50 })
      .toEqual(['before', 'after']);
    await until(async () => {
      expect(await lagsOf(bus, group, topic)).toEqual([0]);
    });
    expect(reader.fatal).toEqual([]);
  });
});

describe('connections that are dead and do not end', () => {
  it('are left for new ones, by who publishes and by who reads', { timeout: 120_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const reader = await read(bus, { topics: [topic] });
    await publishAll(bus, topic, ['before']);
    await untilSeen(reader, ['before']);
    expect(proxy.strand()).toBeGreaterThan(0);
    await publishAll(bus, topic, ['behind']);
    await expect
      .poll(() => [...new Set(valuesOf(reader))], { timeout: 60_000, interval: 100 })
      .toEqual(['before', 'behind']);
    expect(buses.warnings.length).toBeGreaterThan(0);
    expect(reader.fatal).toEqual([]);
  });
});
