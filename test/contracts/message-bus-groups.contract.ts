import { describe, expect } from 'vitest';
import type { OpenBus, Reader } from '../support/bus-records.ts';
import { aRecord, valueOf } from '../support/bus-record.ts';
import {
  busTest,
  FOR_EVER,
  groupName,
  lagsOf,
  newTopic,
  numbers,
  ok,
  publishAll,
  read,
  topicName,
  until,
  untilSeen,
  valuesOf,
} from '../support/bus-records.ts';

export const messageBusGroupsContract = (name: string, open: OpenBus): void => {
  const test = busTest(open);

  describe(`message-bus contract: ${name}: groups`, () => {
    test('gives every group every record', async (bus) => {
      const topic = await newTopic(bus);
      await publishAll(bus, topic, ['a', 'b']);
      const readers = await Promise.all([read(bus, { topics: [topic] }), read(bus, { topics: [topic] })]);
      for (const reader of readers) await untilSeen(reader, ['a', 'b']);
    });

    test('shares the partitions among the members and hands over what a leaving one had', async (bus, another) => {
      const topic = await newTopic(bus, 4);
      const group = groupName();
      const keys = numbers(0, 40);
      const publishRound = async (round: string) => {
        expect(await bus.publish(keys.map((key) => aRecord(topic, key, `${round}-${key}`)))).toEqual(ok);
      };
      const one = await read(bus, { topics: [topic], group });
      const other = await read(await another(), { topics: [topic], group });
      let rounds = 0;
      await until(async () => {
        rounds += 1;
        await publishRound(String(rounds));
        await until(async () => {
          expect((await lagsOf(bus, group, topic)).reduce((sum, lag) => sum + lag, 0)).toBe(0);
        });
        const places = [one, other].map((reader) => placesOf(reader, `${String(rounds)}-`));
        expect(places.map(({ length }) => length)).toEqual([2, 2]);
        expect(places.flat().sort()).toEqual([0, 1, 2, 3]);
      });
      await one.stop();
      await publishRound('last');
      await until(() => {
        expect(valuesOf(other).filter((value) => value.startsWith('last-')).length).toBe(keys.length);
      });
      expect(valuesOf(one).some((value) => value.startsWith('last-'))).toBe(false);
      const all = new Set([...valuesOf(one), ...valuesOf(other)]);
      expect(all.size).toBe(keys.length * (rounds + 1));
    });

    test('reads the topics it is told to from then on and loses no offset on the way', async (bus) => {
      const [first, second] = [await newTopic(bus), await newTopic(bus)];
      const group = groupName();
      const reader = await read(bus, { topics: [first], group });
      await publishAll(bus, first, ['a']);
      await untilSeen(reader, ['a']);
      await publishAll(bus, second, ['b']);
      await reader.setTopics([first, second]);
      await untilSeen(reader, ['a', 'b']);
      await reader.setTopics([first, second]);
      await reader.setTopics([second]);
      await publishAll(bus, second, ['c']);
      await untilSeen(reader, ['a', 'b', 'c']);
      await publishAll(bus, first, ['d']);
      await reader.setTopics([first]);
      await untilSeen(reader, ['a', 'b', 'c', 'd']);
      await publishAll(bus, first, ['e']);
      await untilSeen(reader, ['a', 'b', 'c', 'd', 'e']);
    });

    test('begins to read a topic once there is one of that name (F-K-11)', async (bus) => {
      const topic = topicName();
      const reader = await read(bus, { topics: [await newTopic(bus), topic] });
      await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: FOR_EVER }]);
      await publishAll(bus, topic, ['a']);
      await untilSeen(reader, ['a']);
    });

    test('tells how far a group is behind', async (bus) => {
      const topic = await newTopic(bus, 2);
      const group = groupName();
      await publishAll(bus, topic, ['a', 'b', 'c']);
      const behind = await lagsOf(bus, group, topic);
      expect([...behind].sort()).toEqual([0, 3]);
      const reader = await read(bus, { topics: [topic], group });
      await untilSeen(reader, ['a', 'b', 'c']);
      await reader.stop();
      expect(await lagsOf(bus, group, topic)).toEqual([0, 0]);
      expect(await bus.lag(group, [topicName()])).toEqual([]);
    });
  });

  describe(`message-bus contract: ${name}: topics`, () => {
    test('adds partitions and never takes one away', async (bus) => {
      const topic = await newTopic(bus);
      await publishAll(bus, topic, ['a']);
      const reader = await read(bus, { topics: [topic] });
      await untilSeen(reader, ['a']);
      await bus.ensureTopics([{ name: topic, partitions: 3, retentionMs: FOR_EVER }]);
      expect((await bus.lag(groupName(), [topic])).map(({ partition }) => partition)).toEqual([0, 1, 2]);
      await bus.ensureTopics([{ name: topic, partitions: 2, retentionMs: FOR_EVER }]);
      expect((await bus.lag(groupName(), [topic])).length).toBe(3);
      expect(await bus.publish(numbers(0, 30).map((key) => aRecord(topic, key, key)))).toEqual(ok);
      await until(() => {
        expect(reader.seen.length).toBe(31);
      });
      expect(new Set(reader.seen.map(({ partition }) => partition)).size).toBe(3);
    });

    test('keeps records no longer than the topic says, also where it says so later', async (bus) => {
      const topic = await newTopic(bus);
      await publishAll(bus, topic, ['old']);
      await until(async () => {
        await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: 1 }]);
        expect(await bus.lag(groupName(), [topic])).toEqual([{ topic, partition: 0, offset: '1', end: '1' }]);
      });
      await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: FOR_EVER }]);
      await publishAll(bus, topic, ['new']);
      const reader = await read(bus, { topics: [topic] });
      await untilSeen(reader, ['new']);
    });

    test('makes a topic with the number of copies that is asked for', async (bus) => {
      const topic = topicName();
      await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: FOR_EVER, replicas: 1 }]);
      await publishAll(bus, topic, ['a']);
      await untilSeen(await read(bus, { topics: [topic] }), ['a']);
    });

    test('refuses a topic that cannot be', async (bus) => {
      const wrong = [
        { name: 'a b', partitions: 1, retentionMs: 1 },
        { name: 'x'.repeat(250), partitions: 1, retentionMs: 1 },
        { name: topicName(), partitions: 0, retentionMs: 1 },
        { name: topicName(), partitions: 1, retentionMs: -2 },
        { name: topicName(), partitions: 1, retentionMs: 1, replicas: 0 },
      ];
      for (const one of wrong) await expect(bus.ensureTopics([one])).rejects.toThrow(RangeError);
    });

    test('has one name however it is reached', async (bus, another) => {
      expect((await another()).id).toBe(bus.id);
      expect(bus.id).not.toBe('');
    });
  });
};

const placesOf = (reader: Reader, round: string): readonly number[] => [
  ...new Set(
    reader.seen.filter((record) => valueOf(record).startsWith(round)).map(({ partition }) => partition),
  ),
];
