import { containedKafka } from './kafka/container.ts';
import { mavenKafka } from './kafka/maven.ts';
import { answers } from './kafka/ready.ts';
import { NotAvailable } from './not-available.ts';

export type KafkaServer = {
  /** Comma-separated `host:port`, as `KAFKA_BROKERS` takes it. The same after a restart. */
  readonly brokers: string;
  readonly version: string;
  readonly source: 'environment' | 'testcontainers' | 'maven';
  /** Ends it and removes its data. A server of the environment is left as it is. */
  readonly stop: () => Promise<void>;
  /** SIGKILL; the data stays. */
  readonly kill: () => Promise<void>;
  /** Ends it where it runs, starts it again on the same port and data, and waits until it answers. */
  readonly restart: () => Promise<void>;
  /** It holds its connections and answers nothing (SIGSTOP) until it is resumed. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Where its log segments lie, while this machine's files are its files. */
  readonly logDirectory?: string;
  /** Ends it in order, so that it starts again without looking at its segments. */
  readonly end: () => Promise<void>;
};

/**
 * One Kafka broker: the one the environment names, else a container, else Apache Kafka by Maven in a process of its
 * own. Nothing listens beyond loopback.
 *
 * @throws NotAvailable
 */
export const startKafka = async (): Promise<KafkaServer> => {
  const brokers = process.env['KAFKA_BROKERS'];
  return brokers === undefined || brokers === '' ? startOwnKafka() : kafkaOfEnvironment(brokers);
};

/** One that may be killed: never that of the environment. @throws NotAvailable */
export const startOwnKafka = async (): Promise<KafkaServer> => {
  try {
    return await containedKafka();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    return mavenKafka(error.message);
  }
};

const kafkaOfEnvironment = async (brokers: string): Promise<KafkaServer> => {
  await answers(brokers);
  const notOurs = (): Promise<void> =>
    Promise.reject(new NotAvailable('the broker of KAFKA_BROKERS is not ours to disturb'));
  return {
    brokers,
    version: 'unknown',
    source: 'environment',
    stop: () => Promise.resolve(),
    kill: notOurs,
    restart: notOurs,
    pause: notOurs,
    resume: notOurs,
    end: notOurs,
  };
};
