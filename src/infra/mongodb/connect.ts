import { MongoClient, ReadConcern } from 'mongodb';
import type { Collection, Db, Document, MongoClientOptions } from 'mongodb';
import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';
import { MongoRefused, MongoUnavailable, mongoTrouble } from './errors.ts';
import { watchServers } from './watch-servers.ts';

export type MongoConnection = {
  readonly db: Db;
  /** The collection `<namespace>_<name>`. */
  readonly collection: <Schema extends Document>(name: string) => Collection<Schema>;
  /**
   * Runs driver calls: within ten seconds, behind which the outcome of a write is unknown, and with the driver's errors
   * replaced by ours.
   *
   * @throws MongoUnavailable, MongoRefused, or what `work` itself throws.
   */
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Whether the driver sees a server that takes writes. */
  readonly isUp: () => boolean;
  /** True as soon as it does; false after so many milliseconds. */
  readonly whenUp: (ms: number) => Promise<boolean>;
  /** Calls under way fail. Closing twice changes nothing. */
  readonly close: () => Promise<void>;
};

export type ConnectMongoOptions = {
  /** `mongodb://…` or `mongodb+srv://…`; its path names the database, `skald` where it has none. */
  readonly url: string;
  /** `[a-z][a-z0-9]*`: begins every collection's name. */
  readonly namespace: string;
  readonly clock: Clock;
  /** Told of each failed attempt to connect, and whenever a server that was there is lost. */
  readonly onTrouble: (error: Error) => void;
  /** Ends the waiting for a server at start. */
  readonly signal?: AbortSignal;
};

const DEADLINE_MS = 10_000;
const PAUSE_MS = 500;
const NAMESPACE = /^[a-z][a-z0-9]*$/;

// The driver's own defaults wait for ever, and its `timeoutMS` does nothing in 7.8: each wait has its own limit.
const LIMITS = {
  connectTimeoutMS: 5000,
  socketTimeoutMS: 5000,
  serverSelectionTimeoutMS: 5000,
  waitQueueTimeoutMS: 2000,
  // So late, at most, it is seen that a server is back.
  heartbeatFrequencyMS: 1000,
  maxPoolSize: 20,
} as const satisfies MongoClientOptions;

// These win over whatever the address says: weaker ones lose acknowledged writes.
const WRITING = { w: 'majority', journal: true } as const;
const SAFETY = {
  readPreference: 'primary',
  ignoreUndefined: false,
  appName: 'skald',
} as const satisfies MongoClientOptions;

/**
 * Connects, waiting for a server that is not there yet for as long as it takes.
 *
 * @throws MongoRefused for a malformed address, one that leaves certificates unchecked, or refused credentials; RangeError for a malformed namespace; the
 * signal's reason once it is aborted.
 */
export const connectMongo = async (options: ConnectMongoOptions): Promise<MongoConnection> => {
  const { namespace, clock } = options;
  if (!NAMESPACE.test(namespace)) throw new RangeError(`namespace ${namespace}`);
  for (;;) {
    options.signal?.throwIfAborted();
    const client = newClient(options.url);
    try {
      return await connected(client, options);
    } catch (error) {
      await client.close();
      const trouble = mongoTrouble(error);
      if (!(trouble instanceof MongoUnavailable)) throw trouble;
      options.onTrouble(trouble);
    }
    await pause(clock, PAUSE_MS);
  }
};

const newClient = (url: string): MongoClient => {
  const client = parsed(url);
  const { rejectUnauthorized, checkServerIdentity } = client.options;
  // The driver takes several names for it out of the address: with any of them whoever answers is believed.
  if (rejectUnauthorized === false || checkServerIdentity !== undefined)
    throw new MongoRefused(
      'UncheckedCertificate',
      'MONGODB_URL must not take every certificate: name its authority with tlsCAFile',
    );
  return client;
};

const parsed = (url: string): MongoClient => {
  try {
    return new MongoClient(url, { ...LIMITS, ...SAFETY });
  } catch {
    // What the parser throws may hold the address, credentials included.
    throw new MongoRefused('MalformedAddress', 'the address of MongoDB is malformed');
  }
};

const connected = async (client: MongoClient, options: ConnectMongoOptions): Promise<MongoConnection> => {
  const { url, namespace, clock, onTrouble } = options;
  const servers = watchServers(client, clock, onTrouble);
  await client.connect();
  // A standalone server has no majority to read from, and no retryable writes: nothing here may depend on them (F-M-09).
  const reading = servers.isStandalone() ? {} : { readConcern: new ReadConcern('majority') };
  // Here and not with the client's options, into which the driver mixes `j` and `journal` of the address.
  const db = client.db(databaseIn(url), { ...reading, writeConcern: WRITING });
  return {
    db,
    collection: (name) => db.collection(`${namespace}_${name}`),
    run: (work) => within(clock, work),
    isUp: servers.isUp,
    whenUp: servers.whenUp,
    close: async () => {
      servers.close();
      await client.close();
    },
  };
};

/** The driver reads the database from the address, but answers `test` where there is none. */
const databaseIn = (url: string): string => {
  const path = /^[^/]*\/\/[^/]*\/([^?]+)/.exec(url)?.[1];
  return path === undefined ? 'skald' : decodeURIComponent(path);
};

const within = async <Result>(clock: Clock, work: () => Promise<Result>): Promise<Result> => {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(DEADLINE_MS, () => {
    late.reject(new MongoUnavailable('Deadline', `MongoDB did not answer within ${DEADLINE_MS} ms`));
  });
  try {
    return await Promise.race([work(), late.promise]);
  } catch (error) {
    throw mongoTrouble(error);
  } finally {
    cancel();
  }
};
