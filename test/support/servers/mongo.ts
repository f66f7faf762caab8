import { containedMongo } from './mongo/container.ts';
import { wireServerClasses } from './mongo/maven.ts';
import { isAnswering } from './mongo/ready.ts';
import { wireServer } from './mongo/wire-server.ts';
import { NotAvailable } from './not-available.ts';

export type MongoServer = {
  /** The same after a restart. */
  readonly url: string;
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
};

/**
 * One MongoDB: the one the environment names, else a replica set in a container, else a server of its wire protocol by
 * Maven (mongo-java-server over a file: no replica set, no transactions, no secondary indexes).
 *
 * @throws NotAvailable
 */
export const startMongo = async (): Promise<MongoServer> => {
  const url = process.env['MONGODB_URL'];
  return url === undefined || url === '' ? startOwnMongo() : mongoOfEnvironment(url);
};

/** One that may be killed: never that of the environment. @throws NotAvailable */
export const startOwnMongo = async (): Promise<MongoServer> => {
  try {
    return await containedMongo();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    return wireServer(await classesOr(error.message));
  }
};

const classesOr = async (noContainer: string) => {
  try {
    return await wireServerClasses();
  } catch (error) {
    if (!(error instanceof NotAvailable)) throw error;
    throw new NotAvailable(`${noContainer}; ${error.message}`, { cause: error });
  }
};

const mongoOfEnvironment = async (url: string): Promise<MongoServer> => {
  const notOurs = (): Promise<void> =>
    Promise.reject(new NotAvailable('the server of MONGODB_URL is not ours to disturb'));
  return {
    url,
    version: await isAnswering(url),
    source: 'environment',
    stop: () => Promise.resolve(),
    kill: notOurs,
    restart: notOurs,
    pause: notOurs,
    resume: notOurs,
  };
};
