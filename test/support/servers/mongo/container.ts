import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { freePort } from '../kafka/free-port.ts';
import type { MongoServer } from '../mongo.ts';
import { NotAvailable } from '../not-available.ts';
import { isAnswering } from './ready.ts';

const IMAGE = 'mongo:7.0.28';
const docker = promisify(execFile);

/** A replica set of one in a container, on a port of loopback that stays. @throws NotAvailable where no Docker answers */
export const containedMongo = async (): Promise<MongoServer> => {
  await assertDocker();
  const port = await freePort();
  const container = await new GenericContainer(IMAGE)
    .withCommand(['--replSet', 'rs0', '--bind_ip_all', '--port', String(port)])
    .withExposedPorts({ container: port, host: port })
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .start();
  const members = `[{ _id: 0, host: '127.0.0.1:${String(port)}' }]`;
  const initiate = `rs.initiate({ _id: 'rs0', members: ${members} })`;
  await container.exec(['mongosh', '--quiet', '--port', String(port), '--eval', initiate]);
  const tell = async (...args: string[]): Promise<void> => {
    await docker('docker', [...args, container.getId()]);
  };
  const url = `mongodb://127.0.0.1:${String(port)}/skald?replicaSet=rs0`;
  return {
    url,
    version: await isAnswering(url),
    source: 'testcontainers',
    stop: async () => {
      await container.stop();
    },
    kill: () => tell('kill'),
    restart: async () => {
      await tell('restart');
      await isAnswering(url);
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
