import type { Kafka, Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import { partitionOf } from '../partition-of.ts';
import type { OutHeader, OutRecord } from '../port.ts';
import { MAX_RECORD_BYTES, sizeOf } from '../record-size.ts';

const ALL_REPLICAS = -1;
const ACK_TIMEOUT_MS = 4000;
const METADATA_MAX_AGE_MS = 60_000;

/**
 * Not idempotent, one request at a time. It retries once and gives up for good: what goes on trying behind a
 * rejection could write an old record after a new one.
 */
const newProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: false,
    maxInFlightRequests: 1,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    createPartitioner:
      () =>
      ({ partitionMetadata, message }) =>
        partitionOf(Buffer.from(message.key ?? ''), partitionMetadata.length),
    retry: { retries: 1, initialRetryTime: 200, maxRetryTime: 1000 },
  });

/** The producer in use; made and connected when it is needed. */
export type ProducerHolder = {
  readonly get: () => Promise<Producer>;
  /** Throws it away: the next one knows nothing of what this one met. */
  readonly drop: () => Promise<void>;
};

export const producerHolder = (kafka: Kafka): ProducerHolder => {
  let producer: Producer | undefined;
  return {
    get: async () => {
      if (producer) return producer;
      const fresh = newProducer(kafka);
      await fresh.connect();
      producer = fresh;
      return fresh;
    },
    drop: async () => {
      const old = producer;
      producer = undefined;
      await old?.disconnect();
    },
  };
};

export const send = (producer: Producer, records: readonly OutRecord[]): Promise<RecordMetadata[]> =>
  producer.sendBatch({ acks: ALL_REPLICAS, timeout: ACK_TIMEOUT_MS, topicMessages: byTopic(records) });

/** Records in their order, in pieces a broker takes: it counts those of one partition as one. */
export const pieces = (records: readonly OutRecord[]): readonly (readonly OutRecord[])[] => {
  const all: OutRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (size > room) {
      all.push([]);
      room = MAX_RECORD_BYTES;
    }
    all.at(-1)?.push(record);
    room -= size;
  }
  return all;
};

const byTopic = (records: readonly OutRecord[]): TopicMessages[] =>
  [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    messages: ofTopic.map(messageOf),
  }));

const messageOf = ({ key, value, headers }: OutRecord): Message => ({
  key: key === null ? null : Buffer.from(key),
  value: value && Buffer.from(value),
  headers: headersOf(headers),
});

// In kafkajs each name has the list of its values; `__proto__` becomes a name like any other.
const headersOf = (headers: readonly OutHeader[]): Record<string, Buffer[]> =>
  Object.fromEntries(
    [...Map.groupBy(headers, ([name]) => name)].map(([name, pairs]) => [
      name,
      pairs.map(([, value]) => Buffer.from(value)),
    ]),
  );
