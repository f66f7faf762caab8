import type { Clock } from '../../clock/port.ts';
import type { MessageBus } from '../port.ts';
import { assertTopics } from '../topic-spec.ts';
import type { KafkaConnection } from './client.ts';
import { adminOf, kafkaClient } from './client.ts';
import type { KafkaConsumerDeps, SupervisedConsumer } from './consumer.ts';
import { kafkaConsumer } from './consumer.ts';
import { ensureTopics } from './ensure-topics.ts';
import { lagOf } from './lag.ts';
import type { Publisher } from './publisher.ts';
import { kafkaPublisher } from './publisher.ts';

export type KafkaBusOptions = KafkaConnection & {
  readonly clock: Clock;
  /** After how much silence the group goes on without a member; it beats three times as often. Default 30 s. */
  readonly sessionTimeoutMs?: number;
};

const SESSION_TIMEOUT_MS = 30_000;

/**
 * The bus over Kafka 2.4 or newer: older ones do not choose how many brokers keep a topic. Its id is the cluster's, so a broker must answer once, within about 10 s; from
 * then on brokers may go and come back.
 *
 * @throws the client's error when none answers, or the credentials are refused
 */
export const kafkaBus = async (options: KafkaBusOptions): Promise<MessageBus> => {
  const { clock, logger, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const kafka = kafkaClient(options);
  const withAdmin = adminOf(kafka);
  const { clusterId } = await withAdmin((admin) => admin.describeCluster());
  const publisher = kafkaPublisher({ kafka, withAdmin, clock, logger });
  const bus = busOver({ kafka, withAdmin, clock, sessionTimeoutMs }, publisher);
  return { id: clusterId, publish: publisher.publish, ...bus };
};

const busOver = (deps: KafkaConsumerDeps, publisher: Publisher): Omit<MessageBus, 'id' | 'publish'> => {
  const { withAdmin, clock } = deps;
  const consumers = new Set<SupervisedConsumer>();
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await publisher.close();
  };
  const assertOpen = (): void => {
    if (closed) throw new Error('the message bus is closed');
  };
  return {
    ensureTopics: async (topics) => {
      assertOpen();
      assertTopics(topics);
      const grown = await ensureTopics(withAdmin, clock, topics);
      if (grown.length === 0) return;
      await publisher.renew();
      await Promise.all([...consumers].map((consumer) => consumer.refresh(grown)));
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws becomes a rejection
    consume: async (wanted) => {
      assertOpen();
      const consumer = kafkaConsumer(wanted, deps);
      consumers.add(consumer);
      const stop = async (): Promise<void> => {
        await consumer.stop();
        consumers.delete(consumer);
      };
      return { setTopics: consumer.setTopics, stop };
    },
    lag: async (group, topics) => {
      assertOpen();
      return withAdmin((admin) => lagOf(admin, group, topics));
    },
    close: () => (closed ??= close()),
  };
};
