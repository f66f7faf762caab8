import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Message } from 'kafkajs';
import { CompressionCodecs, CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MAX_BATCH_BYTES, registerCodecs } from '../../src/infra/message-bus/kafka/codecs/register.ts';
import { UNDECODABLE, UNDECODABLE_LAST_OFFSET } from '../../src/infra/message-bus/port.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import { valueOf } from '../support/bus-record.ts';
import {
  groupName,
  lagsOf,
  newTopic,
  numbers,
  publishAll,
  read,
  topicName,
  until,
  untilSeen,
  valuesOf,
} from '../support/bus-records.ts';
import { busesOver } from '../support/kafka-buses.ts';
import { produceByJava } from '../support/servers/kafka/java-producer.ts';
import { startOwnKafka } from '../support/servers/kafka.ts';

const server = await startOwnKafka();
const buses = busesOver(server.brokers);
afterEach(buses.close);
afterAll(server.stop);

const packed = promisify(gzip);
const client = new Kafka({
  brokers: server.brokers.split(','),
  clientId: 'poison',
  logLevel: logLevel.NOTHING,
});
const headerOf = (record: InRecord | undefined, name: string): string | undefined => {
  const found = record?.headers.find(([header]) => header === name);
  return found && Buffer.from(found[1]).toString();
};

describe('whatever another client writes (F-K-08)', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    "reads what Kafka's own client packs with %s",
    { timeout: 60_000 },
    async (codec) => {
      const bus = await buses.open(6000);
      const topic = await newTopic(bus);
      const lines = [...numbers(0, 300), 'x'.repeat(200_000), 'täglich '.repeat(50)];
      await produceByJava(server.brokers, topic, codec, lines);
      const reader = await read(bus, { topics: [topic] });
      await untilSeen(reader, lines);
      expect(reader.troubles).toEqual([]);
      expect(segmentCodecs(topic)).toEqual([CODES[codec]]);
    },
  );

  it('hands on null keys, names that are no UTF-8 and 5 MiB as they are', { timeout: 60_000 }, async () => {
    const topic = topicName();
    await withAdmin((admin) =>
      admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, configEntries: [{ name: 'max.message.bytes', value: '6000000' }] }],
      }),
    );
    const big = Buffer.alloc(5 * 1024 * 1024, 7);
    await produce(topic, [
      { key: null, value: Buffer.from([0xff, 0xfe]), headers: { h: Buffer.from([0xc3, 0x28]) } },
    ]);
    await produce(topic, [{ key: 'big', value: big }]);
    await produce(topic, [{ key: 'k', value: 'next' }]);
    const reader = await read(await buses.open(6000), { topics: [topic] });
    await until(() => {
      expect(reader.seen.length).toBe(3);
    });
    const [odd, large, next] = reader.seen;
    expect(odd).toMatchObject({
      key: null,
      value: Uint8Array.of(0xff, 0xfe),
      headers: [['h', Uint8Array.of(0xc3, 0x28)]],
    });
    expect(large?.value?.byteLength).toBe(big.length);
    expect(next && valueOf(next)).toBe('next');
  });

  it('hands a bomb on as undecodable and goes on behind it', { timeout: 60_000 }, async () => {
    const bus = await buses.open(6000);
    const [topic, group] = [await newTopic(bus), groupName()];
    await publishAll(bus, topic, ['before']);
    const bytes = await produceBomb(topic);
    await publishAll(bus, topic, ['after']);
    const reader = await read(bus, { topics: [topic], group });
    await until(() => {
      expect(reader.seen.length).toBe(3);
    });
    const [before, bomb, after] = reader.seen;
    expect([before, after].map((record) => record && valueOf(record))).toEqual(['before', 'after']);
    expect(headerOf(bomb, UNDECODABLE)).toContain('larger than');
    expect([bomb?.offset, headerOf(bomb, UNDECODABLE_LAST_OFFSET)]).toEqual(['1', '3']);
    expect(bomb?.value?.byteLength).toBeLessThanOrEqual(Math.min(bytes, 65_536));
    // Fetched and refused alike three times before it is believed.
    expect(reader.troubles.map((error) => error instanceof Error && error.name)).toEqual(
      Array.from({ length: 2 }, () => 'NotYetUndecodable'),
    );
    await until(async () => {
      expect(await lagsOf(bus, group, topic)).toEqual([0]);
    });
  });

  it('hands a record with a thousand headers too many on as undecodable', { timeout: 60_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus);
    const headers = Object.fromEntries(numbers(0, 2000).map((name) => [`h${name}`, 'x']));
    await produce(topic, [{ key: 'k', value: 'many', headers }]);
    await publishAll(bus, topic, ['after']);
    const reader = await read(bus, { topics: [topic] });
    await until(() => {
      expect(reader.seen.length).toBe(2);
    });
    expect(headerOf(reader.seen[0], UNDECODABLE)).toBe('a record has 2000 headers');
    expect(valuesOf(reader)[1]).toBe('after');
  });

  it('hands a batch on as undecodable that was damaged on its disk', { timeout: 90_000 }, async () => {
    const bus = await buses.open(6000);
    const topic = await newTopic(bus, 1);
    await publishAll(bus, topic, ['before']);
    await publishAll(bus, topic, ['to be damaged']);
    await publishAll(bus, topic, ['after']);
    await buses.close();
    await server.end();
    const damaged = damage(topic, 'to be damaged');
    await server.restart();
    const reader = await read(await buses.open(6000), { topics: [topic] });
    await until(() => {
      expect(reader.seen.length).toBe(3);
    });
    expect(damaged).toBe(1);
    expect(headerOf(reader.seen[1], UNDECODABLE)).toBe('its checksum does not match');
    expect(valueOf(reader.seen[1] ?? failed())).toContain('Xo be damaged');
    expect(valuesOf(reader)).toEqual(['before', expect.any(String), 'after']);
  });
});

const CODES = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

const failed = (): never => {
  throw new Error('no such record');
};

type Admin = ReturnType<Kafka['admin']>;

const withAdmin = async (use: (admin: Admin) => Promise<unknown>): Promise<void> => {
  const admin = client.admin();
  await admin.connect();
  await use(admin);
  await admin.disconnect();
};

const produce = async (
  topic: string,
  messages: Message[],
  compression = CompressionTypes.None,
): Promise<void> => {
  const producer = client.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic, messages, compression });
  await producer.disconnect();
};

/** Three records, far more than one batch may hold uncompressed. Returns their packed size, as an upper bound. */
const produceBomb = async (topic: string): Promise<number> => {
  let size = 0;
  const compress = async ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => {
    const bytes = await packed(buffer);
    size = bytes.length + 61;
    return bytes;
  };
  Object.assign(CompressionCodecs, { [CompressionTypes.GZIP]: () => ({ compress }) });
  const value = Buffer.alloc(MAX_BATCH_BYTES);
  const messages = numbers(0, 3).map((key) => ({ key, value }));
  await produce(topic, messages, CompressionTypes.GZIP);
  registerCodecs();
  return size;
};

const segmentOf = (topic: string): string => {
  const directory = join(server.logDirectory ?? failed(), `${topic}-0`);
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.log')) ?? failed());
};

/** Overwrites the first byte of every place that holds the text; returns how many there were. */
const damage = (topic: string, text: string): number => {
  const path = segmentOf(topic);
  const bytes = readFileSync(path);
  let places = 0;
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text, at + 1), places += 1)
    bytes[at] = 0x58;
  writeFileSync(path, bytes);
  return places;
};

/** The codecs of the batches as the broker keeps them, each once. */
const segmentCodecs = (topic: string): readonly number[] => {
  const bytes = readFileSync(segmentOf(topic));
  const codecs = new Set<number>();
  for (
    let at = 0;
    at + 61 <= bytes.length && bytes.readInt32BE(at + 8) > 0;
    at += 12 + bytes.readInt32BE(at + 8)
  )
    codecs.add(bytes.readInt16BE(at + 21) & 7);
  return [...codecs];
};
