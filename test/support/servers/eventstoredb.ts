import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { NotAvailable } from './not-available.ts';

export type EventStoreDbServer = {
  readonly url: string;
  readonly version: string;
  readonly source: 'environment' | 'testcontainers';
  /** Ends it and removes its data. A server of the environment is left as it is. */
  readonly stop: () => Promise<void>;
};

const IMAGE = 'eventstore/eventstore:24.10';
const PORT = 2113;

/**
 * One EventStoreDB: the one the environment names, else a container. There is no third way: without either the suites
 * run against the double only.
 *
 * @throws NotAvailable
 */
export const startEventStoreDb = async (): Promise<EventStoreDbServer> => {
  const url = process.env['EVENTSTOREDB_URL'];
  if (url === undefined || url === '') return contained();
  return { url, version: 'unknown', source: 'environment', stop: () => Promise.resolve() };
};

const contained = async (): Promise<EventStoreDbServer> => {
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    throw new NotAvailable('no EVENTSTOREDB_URL, and no Docker answers', { cause: error });
  }
  const container = await new GenericContainer(IMAGE)
    .withEnvironment({ EVENTSTORE_INSECURE: 'true', EVENTSTORE_MEM_DB: 'true' })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forHttp('/health/live', PORT).forStatusCode(204))
    .start();
  return {
    url: `esdb://127.0.0.1:${container.getMappedPort(PORT)}?tls=false`,
    version: IMAGE,
    source: 'testcontainers',
    stop: async () => {
      await container.stop();
    },
  };
};
