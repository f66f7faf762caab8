import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { KafkaServer } from '../kafka.ts';
import { NotAvailable } from '../not-available.ts';
import { freePort } from './free-port.ts';
import { answers } from './ready.ts';

const VERSION = '3.9.1';
const docker = promisify(execFile);

/** The broker in a container, on a port of loopback that stays. @throws NotAvailable where no Docker answers */
export const containedKafka = async (): Promise<KafkaServer> => {
  await assertDocker();
  const port = await freePort();
  const brokers = `127.0.0.1:${String(port)}`;
  const container = await new GenericContainer(`apache/kafka:${VERSION}`)
    .withEnvironment(environmentOf(port))
    .withExposedPorts({ container: port, host: port })
    .start();
  const tell = async (...args: string[]): Promise<void> => {
    await docker('docker', [...args, container.getId()]);
  };
  await answers(brokers);
  return {
    brokers,
    version: VERSION,
    source: 'testcontainers',
    stop: async () => {
      await container.stop();
    },
    kill: () => tell('kill'),
    end: () => tell('stop'),
    restart: async () => {
      await tell('restart');
      await answers(brokers);
    },
    pause: () => tell('pause'),
    resume: () => tell('unpause'),
  };
};

const assertDocker = async (): Promise<void> => {
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    throw new NotAvailable('no Docker answers', { cause: error });
  }
};

const environmentOf = (port: number): Record<string, string> => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_LISTENERS: `PLAINTEXT://:${String(port)},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${String(port)}`,
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
});
