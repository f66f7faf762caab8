import { afterAll, onTestFinished } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { kafkaBus } from '../../src/infra/message-bus/kafka/kafka.ts';
import { instanceStory } from '../support/instance-story.ts';
import { startKafka } from '../support/servers/kafka.ts';

const server = await startKafka();
afterAll(server.stop);

instanceStory(`Kafka ${server.version} (${server.source})`, async () => {
  const bus = await kafkaBus({
    brokers: server.brokers.split(','),
    clientId: 'instances',
    clock: systemClock(),
    sessionTimeoutMs: 10_000,
  });
  onTestFinished(() => bus.close());
  return bus;
});
