import type { Admin, LogEntry, SASLOptions } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import type { ConnectionOptions } from 'node:tls';
import { registerCodecs } from './codecs/register.ts';
import { quietNegativeTimeouts } from './timeout-warning.ts';

export type BusLogger = { readonly warn: (fields: object, message: string) => void };

export type KafkaConnection = {
  /** `host:port` of one broker or more. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: SASLOptions;
  /** What kafkajs has to say from warnings up. It never holds credentials or records. */
  readonly logger?: BusLogger | undefined;
};

// A request that gets no answer fails after this; with two of them a publish stays within its deadline.
const REQUEST_TIMEOUT_MS = 5000;
const CONNECTION_TIMEOUT_MS = 2000;
// Whatever its own settings, each kafkajs client connects and asks for metadata by these; unset they take 10 s.
const CONNECTING = { retries: 1, initialRetryTime: 200, maxRetryTime: 1000 };

/** A kafkajs client with all codecs, and with deadlines on whatever it asks of a broker; it connects when it is used. */
export const kafkaClient = ({ brokers, clientId, ssl, sasl, logger }: KafkaConnection): Kafka => {
  registerCodecs();
  quietNegativeTimeouts();
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry: CONNECTING,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      if (logger) tell(logger, entry);
    },
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  });
};

const TOLD = ['groupId', 'memberId', 'broker', 'topic', 'partition', 'error', 'clientId'];

// Named fields only: whatever else kafkajs attaches stays out of the log. What it calls an error is ours to judge.
const tell = (logger: BusLogger, { namespace, log }: LogEntry): void => {
  const fields = new Map<string, unknown>([['kafkajs', namespace]]);
  const entries: readonly (readonly [string, unknown])[] = Object.entries(log);
  for (const [name, value] of entries)
    if (TOLD.includes(name)) fields.set(name, value instanceof Error ? value.message : value);
  logger.warn(Object.fromEntries(fields), log.message);
};

/** Runs over a connection of its own: one kept open would have to be mended after each restart of a broker. */
export type WithAdmin = <Result>(use: (admin: Admin) => Promise<Result>) => Promise<Result>;

const ADMIN_RETRY = { retries: 3, initialRetryTime: 200, maxRetryTime: 1000 };

/** A connection of its own for each use, closed behind it. @throws what kafkajs throws once its retries are over */
export const adminOf =
  (kafka: Kafka): WithAdmin =>
  async (use) => {
    const admin = kafka.admin({ retry: ADMIN_RETRY });
    try {
      await admin.connect();
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  };
