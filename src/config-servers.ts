import { z } from 'zod';
import { topicOverrides } from './config-topics.ts';
import { listOf, wholeNumber } from './config-values.ts';
import { secret } from './secret.ts';
import type { Environment } from './environment.ts';

export const ROLES = ['api', 'projector', 'reactor', 'bridge', 'consumer', 'sweeper'] as const;
export type Role = (typeof ROLES)[number];

const NAMES = ROLES.join(', ');
const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

const urlOf = (schemes: readonly string[]) =>
  z
    .string()
    .refine(
      (text) => schemes.some((scheme) => text.startsWith(`${scheme}://`) && text.length > scheme.length + 3),
      `must begin with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    )
    .transform(secret);

/** Settings of the servers Skald may stand on, and of what this process does. */
export const serverSettings = {
  /** Event log on EventStoreDB: `esdb://user:password@host:2113?tls=true`. */
  EVENTSTOREDB_URL: urlOf(['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover']).optional(),
  /** Read models, keys, task queue, leases on MongoDB: `mongodb://host:27017/database`. */
  MONGODB_URL: urlOf(['mongodb', 'mongodb+srv']).optional(),
  /** Message bus on Kafka: `host:port,host:port`. */
  KAFKA_BROKERS: z
    .string()
    .transform(listOf)
    .refine(
      (brokers) =>
        brokers.length > 0 && brokers.every((broker) => /^[^\s:]+:\d{1,5}$|^\[.+\]:\d{1,5}$/.test(broker)),
      'must be host:port, several of them separated by commas',
    )
    .optional(),
  KAFKA_SSL: z.enum(['on', 'off'], 'must be on or off').default('off'),
  KAFKA_USERNAME: z.string().optional(),
  KAFKA_PASSWORD: z.string().transform(secret).optional(),
  /** After this long without a sign a consumer's partitions go to others, in milliseconds. */
  KAFKA_SESSION_TIMEOUT_MS: wholeNumber(1000, 999_999).default(10_000),
  /** `embedded` keeps topics in DATA_DIR; `off`: nothing comes in or goes out but over HTTP. */
  BUS: z.enum(['embedded', 'kafka', 'off'], 'must be one of embedded, kafka, off').optional(),
  /** Where the bridge begins that has no checkpoint in a log that is not empty. */
  BRIDGE_FROM: z.enum(['start', 'now'], 'must be start or now').optional(),
  /** Before streams, collections, topics of ours and consumer groups on servers that others use too. */
  NAMESPACE: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,30}$/, 'must be lower-case letters and digits, a letter first')
    .default('skald'),
  /** First part of the documented topics' names instead of `orchestrator`, where several deployments share a Kafka. */
  TOPIC_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,60}$/, 'must be 1 to 60 characters of A-Z a-z 0-9 . _ -')
    .optional(),
  /** What differs from the table of topics: `sagaEvents.partitions=6,work.retention=14d`. */
  TOPICS: topicOverrides.optional(),
  /** How many brokers keep each topic that is made here; the brokers' own number where it is not set. */
  TOPIC_REPLICAS: wholeNumber(1, 99).optional(),
  ROLES: z
    .string()
    .transform(listOf)
    .refine(
      (names) => names.length > 0 && names.every(isRole),
      `must be some of ${NAMES}, separated by commas`,
    )
    .transform((names) => new Set(names.filter(isRole)))
    .default(new Set(ROLES)),
  /** A singleton's lease: how long its work rests after its process has died, in milliseconds. */
  ROLE_LEASE_MS: wholeNumber(100, 600_000).default(10_000),
};

type Rule = readonly [isBroken: boolean, problem: string];

/** What is wrong with server settings beside one another. */
export const serverConflicts = (given: Environment): readonly string[] =>
  [...storeRules(given), ...busRules(given)].flatMap(([isBroken, problem]) => (isBroken ? [problem] : []));

const storeRules = (given: Environment): readonly Rule[] => {
  const has = hasIn(given);
  const isServed = has('EVENTSTOREDB_URL') && has('MONGODB_URL');
  const isPart = new Set(listOf(given['ROLES'] ?? NAMES)).size < ROLES.length;
  const hasKey = has('MASTER_KEY') || has('MASTER_KEY_FILE');
  return [
    [
      has('EVENTSTOREDB_URL') && !has('MONGODB_URL'),
      'MONGODB_URL must be set beside EVENTSTOREDB_URL: keys, tasks and read models need a place that processes share',
    ],
    [
      has('MONGODB_URL') && !has('EVENTSTOREDB_URL'),
      'EVENTSTOREDB_URL must be set beside MONGODB_URL: it holds the log',
    ],
    [
      isPart && !isServed,
      'ROLES can only be a part of them on EventStoreDB and MongoDB: the embedded stores have one process',
    ],
    [isServed && !hasKey, 'MASTER_KEY or MASTER_KEY_FILE must be set: all processes need the same one'],
  ];
};

const busRules = (given: Environment): readonly Rule[] => {
  const has = hasIn(given);
  return [
    [given['BUS'] === 'kafka' && !has('KAFKA_BROKERS'), 'KAFKA_BROKERS must be set where BUS is kafka'],
    [
      given['BUS'] === 'embedded' && has('EVENTSTOREDB_URL'),
      'BUS must be kafka or off on EventStoreDB: the embedded one is for a single process',
    ],
    [
      has('KAFKA_USERNAME') !== has('KAFKA_PASSWORD'),
      'KAFKA_USERNAME and KAFKA_PASSWORD must be set together',
    ],
  ];
};

const hasIn =
  (given: Environment) =>
  (name: string): boolean =>
    given[name] !== undefined;

/** Which bus these settings mean. */
export const busOf = ({
  BUS,
  KAFKA_BROKERS,
  EVENTSTOREDB_URL,
}: {
  readonly BUS?: 'embedded' | 'kafka' | 'off' | undefined;
  readonly KAFKA_BROKERS?: readonly string[] | undefined;
  readonly EVENTSTOREDB_URL?: unknown;
}): 'embedded' | 'kafka' | 'off' => {
  if (BUS !== undefined) return BUS;
  if (KAFKA_BROKERS !== undefined) return 'kafka';
  return EVENTSTOREDB_URL === undefined ? 'embedded' : 'off';
};
