// The story of the demo with nothing embedded.
import { afterAll, describe, expect, it } from 'vitest';
import { playDemo } from '../support/demo.ts';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { startLogServer } from '../support/stack/log-server.ts';

const [log, mongo, kafka] = await Promise.all([startLogServer(), startMongo(), startKafka()]);
afterAll(async () => {
  await Promise.all([log.stop(), mongo.stop(), kafka.stop()]);
});

const servers = {
  EVENTSTOREDB_URL: log.url,
  MONGODB_URL: mongo.url,
  KAFKA_BROKERS: kafka.brokers,
};

describe('the demo on EventStoreDB, MongoDB and Kafka', () => {
  it.each(['http', 'kafka'])(
    'comes to the same end with workers over %s',
    async (workers) => {
      const { exitCode, output } = await playDemo(['--workers', workers], servers);
      expect(output).toContain('bus: kafka');
      expect(output).toContain('7 of 7 parts ended as they must');
      expect(exitCode).toBe(0);
    },
    240_000,
  );
});
