import { describe, expect } from 'vitest';
import type { OpenBus } from '../support/bus-records.ts';
import { aRecord, valueOf } from '../support/bus-record.ts';
import {
  busTest,
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

export const messageBusContract = (name: string, open: OpenBus): void => {
  const test = busTest(open);

  describe(`message-bus contract: ${name}: publishing`, () => {
    test('hands on keys, values, null values and headers byte for byte', async (bus) => {
      const topic = await newTopic(bus);
      const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const headers = [
        ['binary', everyByte],
        ['empty', new Uint8Array(0)],
        ['twice', Buffer.from('first')],
        ['twice', Buffer.from('second')],
        ['grüße', Buffer.from('ñ')],
      ] as const;
      const records = [
        { topic, key: 'schlüssel', value: everyByte, headers },
        { topic, key: 'schlüssel', value: null, headers: [] },
        { topic, key: '', value: new Uint8Array(0), headers: [] },
      ];
      expect(await bus.publish(records)).toEqual(ok);
      const reader = await read(bus, { topics: [topic] });
      await until(() => {
        expect(reader.seen.length).toBe(3);
      });
      const plain = reader.seen.map(({ key, value, headers: pairs, offset, partition }) => ({
        key: Buffer.from(key ?? []).toString(),
        value: value && [...value],
        headers: pairs.map(([header, bytes]) => [header, [...bytes]]),
        place: `${topic}/${partition}/${offset}`,
      }));
      const place = (offset: number): string => `${topic}/0/${offset}`;
      expect(plain).toEqual([
        {
          key: 'schlüssel',
          value: [...everyByte],
          headers: headers.map(([header, bytes]) => [header, [...bytes]]),
          place: place(0),
        },
        { key: 'schlüssel', value: null, headers: [], place: place(1) },
        { key: '', value: [], headers: [], place: place(2) },
      ]);
    });

    test('keeps the order of each key and gives a key one partition', async (bus) => {
      const topic = await newTopic(bus, 4);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      for (const round of numbers(0, 5))
        expect(await bus.publish(keys.map((key) => aRecord(topic, key, round)))).toEqual(ok);
      const reader = await read(bus, { topics: [topic] });
      await until(() => {
        expect(reader.seen.length).toBe(40);
      });
      for (const key of keys) {
        const own = reader.seen.filter((record) => Buffer.from(record.key ?? []).toString() === key);
        expect(own.map(valueOf)).toEqual(numbers(0, 5));
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      }
      expect(new Set(reader.seen.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    });

    test('keeps records without a key in order, on one partition, and apart from those with an empty one', async (bus) => {
      const topic = await newTopic(bus, 4);
      const values = numbers(0, 5);
      const keyless = values.map((value) => ({ ...aRecord(topic, '', value), key: null }));
      expect(await bus.publish([...keyless, aRecord(topic, '', '5')])).toEqual(ok);
      const reader = await read(bus, { topics: [topic] });
      await until(() => {
        expect(reader.seen.length).toBe(6);
      });
      const [own, others] = [
        reader.seen.filter(({ key }) => key === null),
        reader.seen.filter(({ key }) => key !== null),
      ];
      expect(own.map(valueOf)).toEqual(values);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      expect(others.map((record) => [record.key?.byteLength, valueOf(record)])).toEqual([[0, '5']]);
    });

    test('chooses the partition as every Kafka client does', async (bus) => {
      const topic = await newTopic(bus, 10);
      // Kafka's own test vectors of murmur2: -973932308, -790332482, -985981536, -58897971, made positive, modulo 10.
      const wanted = {
        '21': 0,
        foobar: 6,
        'a-little-bit-long-string': 2,
        lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: 7,
      };
      await bus.publish(Object.keys(wanted).map((key) => aRecord(topic, key, '')));
      const reader = await read(bus, { topics: [topic] });
      await until(() => {
        expect(reader.seen.length).toBe(4);
      });
      const placed = reader.seen.map(({ key, partition }) => [Buffer.from(key ?? []).toString(), partition]);
      expect(Object.fromEntries(placed)).toEqual(wanted);
    });

    test('refuses a topic it does not have and a record that is too large, and writes nothing', async (bus) => {
      const topic = await newTopic(bus);
      const lost = [aRecord(topic, 'k', 'a'), aRecord(topicName(), 'k', 'b')];
      expect(await bus.publish(lost)).toMatchObject({ kind: 'refused', code: 'unknown_topic' });
      const large = [aRecord(topic, 'k', 'a'), aRecord(topic, 'k', 'x'.repeat(1_000_001))];
      expect(await bus.publish(large)).toMatchObject({ kind: 'refused', code: 'too_large' });
      expect(await bus.lag(groupName(), [topic])).toEqual([{ topic, partition: 0, offset: '0', end: '0' }]);
    });

    test('takes many records that are too large together', async (bus) => {
      const topic = await newTopic(bus);
      const large = numbers(0, 5).map((number) => aRecord(topic, 'k', number.repeat(900_000)));
      expect(await bus.publish(large)).toEqual(ok);
      const reader = await read(bus, { topics: [topic] });
      await until(() => {
        expect(reader.seen.map((record) => valueOf(record).slice(0, 1))).toEqual(numbers(0, 5));
      });
    });

    test('takes no records as done', async (bus) => {
      expect(await bus.publish([])).toEqual(ok);
    });

    test('refuses to publish once it is closed', async (bus) => {
      const topic = await newTopic(bus);
      await bus.close();
      expect(await bus.publish([aRecord(topic, 'k', 'a')])).toMatchObject({
        kind: 'refused',
        code: 'closed',
      });
      await expect(bus.consume({ ...neverReading, topics: [topic] })).rejects.toThrow('closed');
    });
  });

  describe(`message-bus contract: ${name}: consuming`, () => {
    test('delivers what comes while it reads, in order', async (bus) => {
      const topic = await newTopic(bus);
      const reader = await read(bus, { topics: [topic] });
      await publishAll(bus, topic, numbers(0, 10));
      await untilSeen(reader, numbers(0, 10));
      await publishAll(bus, topic, numbers(10, 300));
      await untilSeen(reader, numbers(0, 300));
    });

    test('goes on behind what was handled when the group comes back', async (bus, another) => {
      const topic = await newTopic(bus);
      const group = groupName();
      await publishAll(bus, topic, ['a', 'b']);
      const first = await read(bus, { topics: [topic], group });
      await untilSeen(first, ['a', 'b']);
      await first.stop();
      await publishAll(bus, topic, ['c']);
      const second = await read(await another(), { topics: [topic], group });
      await untilSeen(second, ['c']);
    });

    test('delivers a record again until it is handled, and what follows it after that', async (bus) => {
      const topic = await newTopic(bus);
      const tries: string[] = [];
      await publishAll(bus, topic, ['a', 'b', 'c']);
      const reader = await read(bus, {
        topics: [topic],
        handle: (record) => {
          tries.push(valueOf(record));
          return tries.length < 4 && valueOf(record) === 'b'
            ? Promise.reject(new Error('not now'))
            : Promise.resolve();
        },
      });
      await untilSeen(reader, ['a', 'b', 'c']);
      expect(tries).toEqual(['a', 'b', 'b', 'b', 'c']);
      expect(reader.troubles.map(String)).toEqual(['Error: not now', 'Error: not now']);
    });

    test('goes on with other partitions while one is held up', async (bus) => {
      const topic = await newTopic(bus, 4);
      await bus.publish(['a', 'b', 'c', 'd', 'e'].map((key) => aRecord(topic, key, key)));
      const reader = await read(bus, {
        topics: [topic],
        handle: (record) =>
          valueOf(record) === 'a' ? Promise.reject(new Error('not this one')) : Promise.resolve(),
      });
      await until(() => {
        expect(reader.troubles.length).toBeGreaterThan(0);
      });
      const held = (await bus.lag(groupName(), [topic])).filter(({ end }) => end !== '0').length;
      expect(held).toBeGreaterThan(1);
      await bus.publish(['b', 'c', 'd', 'e'].map((key) => aRecord(topic, key, `${key}2`)));
      await until(() => {
        const others = new Set(valuesOf(reader).filter((value) => value.endsWith('2')));
        expect(others.size).toBeGreaterThan(1);
      });
      expect(valuesOf(reader)).not.toContain('a');
    });

    test('does not commit what was under way when it ended without handling it', async (bus, another) => {
      const topic = await newTopic(bus);
      const group = groupName();
      await publishAll(bus, topic, ['a', 'b']);
      const first = await another();
      const failing = await read(first, {
        topics: [topic],
        group,
        handle: (record) => (valueOf(record) === 'b' ? Promise.reject(new Error('no')) : Promise.resolve()),
      });
      await until(() => {
        expect(failing.troubles.length).toBeGreaterThan(0);
      });
      await first.close();
      expect(await lagsOf(bus, group, topic)).toEqual([1]);
      const second = await read(bus, { topics: [topic], group });
      await untilSeen(second, ['b']);
    });

    test('lets the record under way finish and commits it when it stops', async (bus) => {
      const topic = await newTopic(bus);
      const group = groupName();
      const underWay = Promise.withResolvers<undefined>();
      const isGoing = Promise.withResolvers<undefined>();
      await publishAll(bus, topic, ['a', 'b']);
      const reader = await read(bus, {
        topics: [topic],
        group,
        handle: async () => {
          isGoing.resolve(undefined);
          await underWay.promise;
        },
      });
      await isGoing.promise;
      const stopped = reader.stop();
      underWay.resolve(undefined);
      await stopped;
      expect(valuesOf(reader)).toEqual(['a']);
      expect(await lagsOf(bus, group, topic)).toEqual([1]);
    });

    test('commits only once the handler has resolved', async (bus) => {
      const topic = await newTopic(bus);
      const group = groupName();
      const underWay = Promise.withResolvers<undefined>();
      const isGoing = Promise.withResolvers<undefined>();
      await publishAll(bus, topic, ['a']);
      const reader = await read(bus, {
        topics: [topic],
        group,
        handle: async () => {
          isGoing.resolve(undefined);
          await underWay.promise;
        },
      });
      await isGoing.promise;
      expect(await lagsOf(bus, group, topic)).toEqual([1]);
      underWay.resolve(undefined);
      await until(async () => {
        expect(await lagsOf(bus, group, topic)).toEqual([0]);
      });
      expect(valuesOf(reader)).toEqual(['a']);
    });

    test('waits for the assignment to be taken before the first record', async (bus) => {
      const topic = await newTopic(bus);
      const order: string[] = [];
      await publishAll(bus, topic, ['a']);
      const reader = await read(bus, {
        topics: [topic],
        onAssigned: () => {
          order.push('assigned');
          return order.length === 1 ? Promise.reject(new Error('not ready')) : Promise.resolve();
        },
        handle: (record) => {
          order.push(valueOf(record));
          return Promise.resolve();
        },
      });
      await untilSeen(reader, ['a']);
      expect(order).toEqual(['assigned', 'assigned', 'a']);
      expect(reader.troubles.map(String)).toEqual(['Error: not ready']);
    });
  });
};

const neverReading = {
  group: 'g',
  handle: () => Promise.resolve(),
  onTrouble: () => undefined,
  onFatal: () => undefined,
};
