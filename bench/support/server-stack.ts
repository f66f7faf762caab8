// The servers that Skald stands on with `--stack servers`: those the environment names, else those of the tests.
import { randomBytes } from 'node:crypto';
import { startKafka } from '../../test/support/servers/kafka.ts';
import { startMongo } from '../../test/support/servers/mongo.ts';
import { startLogServer } from '../../test/support/stack/log-server.ts';

export type ServerStack = {
  /** For the environment of a Skald process. */
  readonly settings: Readonly<Record<string, string>>;
  readonly name: string;
  readonly stop: () => Promise<void>;
};

export const startServerStack = async (): Promise<ServerStack> => {
  const eventStore = await startLogServer();
  const mongo = await startMongo();
  const kafka = await startKafka();
  const nameOf = (product: string, { version, source }: { version: string; source: string }): string =>
    `${product} ${version} (${source})`;
  return {
    settings: {
      EVENTSTOREDB_URL: eventStore.url,
      MONGODB_URL: mongo.url,
      KAFKA_BROKERS: kafka.brokers,
      NAMESPACE: `bench${randomBytes(4).toString('hex')}`,
      MASTER_KEY: randomBytes(32).toString('hex'),
    },
    name: [nameOf('EventStoreDB', eventStore), nameOf('MongoDB', mongo), nameOf('Apache Kafka', kafka)].join(
      ', ',
    ),
    stop: async () => {
      await Promise.all([eventStore.stop(), mongo.stop(), kafka.stop()]);
    },
  };
};
