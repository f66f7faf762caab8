import type { KafkaServer } from '../kafka.ts';
import { NotAvailable } from '../not-available.ts';
import type { BrokerProcess } from './broker-process.ts';
import { brokerProcess } from './broker-process.ts';
import type { KafkaJars } from './maven-jars.ts';
import { kafkaJars } from './maven-jars.ts';
import { answers } from './ready.ts';

/** @param noContainer why there is none, for the message. */
export const mavenKafka = async (noContainer: string): Promise<KafkaServer> => {
  const jars = await fetched(noContainer);
  const broker = await brokerProcess(jars);
  const brokers = `127.0.0.1:${String(broker.port)}`;
  const start = async (): Promise<void> => {
    broker.start();
    await answers(brokers);
  };
  const stop = async (): Promise<void> => {
    await broker.signalled('SIGKILL');
    await broker.remove();
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw new Error(`Kafka did not start: ${broker.output()}`, { cause: error });
  }
  return { brokers, version: jars.version, source: 'maven', stop, ...disturbances(broker, start) };
};

const disturbances = (broker: BrokerProcess, start: () => Promise<void>) => ({
  logDirectory: broker.logDirectory,
  kill: () => broker.signalled('SIGKILL'),
  end: () => broker.signalled('SIGTERM'),
  restart: async () => {
    await broker.signalled('SIGTERM');
    await start();
  },
  pause: () => {
    broker.signal('SIGSTOP');
    return Promise.resolve();
  },
  resume: () => {
    broker.signal('SIGCONT');
    return Promise.resolve();
  },
});

const fetched = async (noContainer: string): Promise<KafkaJars> => {
  try {
    return await kafkaJars();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    throw new NotAvailable(`${noContainer}; ${error.message}`, { cause: error });
  }
};
