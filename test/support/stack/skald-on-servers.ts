import { randomBytes } from 'node:crypto';
import { aNamespace } from '../event-store-db.ts';
import { freshDirectory } from '../fresh-directory.ts';
import { startSkald } from '../skald-server.ts';
import type { SkaldServer } from '../skald-server.ts';

export type ServerAddresses = { readonly log: string; readonly mongo: string; readonly brokers: string };

export type Deployment = ServerAddresses & {
  /** Of streams, collections, topics and groups; nobody else's. */
  readonly namespace: string;
  /** One more process of it, with all roles. */
  readonly start: () => Promise<SkaldServer>;
};

/**
 * A deployment of its own over the servers. Leases are shorter than in life: what a dead process held comes back.
 * @param sessionMs after how long Kafka gives up a member it hears nothing of.
 */
export const deploymentOn = (servers: ServerAddresses, sessionMs: number): Deployment => {
  const namespace = aNamespace();
  const settings = {
    ...{ EVENTSTOREDB_URL: servers.log, MONGODB_URL: servers.mongo, KAFKA_BROKERS: servers.brokers },
    ...{ NAMESPACE: namespace, TOPIC_PREFIX: namespace, MASTER_KEY: randomBytes(32).toString('hex') },
    ...{ KAFKA_SESSION_TIMEOUT_MS: String(sessionMs), LEASE_MS: '5000' },
    NODE_COMPILE_CACHE: freshDirectory(),
  };
  return { ...servers, namespace, start: () => startSkald(freshDirectory(), settings) };
};
