import { afterAll } from 'vitest';
import { instancesOnStack } from '../support/instances-on-stack.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { startLogServer } from '../support/stack/log-server.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';

const [log, mongo, kafka] = await Promise.all([startLogServer(), startMongo(), startKafka()]);
afterAll(async () => {
  await Promise.all([log.stop(), mongo.stop(), kafka.stop()]);
});

instancesOnStack('EventStoreDB, MongoDB and Kafka', () =>
  deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers }, 10_000).start(),
);
