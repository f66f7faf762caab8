import type { Kafka, Producer } from 'kafkajs';
import { newProducer } from './producing.ts';

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
