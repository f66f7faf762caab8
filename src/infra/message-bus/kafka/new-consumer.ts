import type { Consumer, Kafka } from 'kafkajs';

export type Membership = { readonly group: string; readonly sessionTimeoutMs: number };

const MAX_WAIT_MS = 500;
const METADATA_MAX_AGE_MS = 30_000;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
// Longer than a handler takes: who does not join again within it is left out.
const REBALANCE_TIMEOUT_MS = 60_000;

/** kafkajs never restarts it: whoever made it does, and so learns of every crash. */
export const newConsumer = (kafka: Kafka, { group, sessionTimeoutMs }: Membership): Consumer =>
  kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs(sessionTimeoutMs),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytes: BYTES_AT_ONCE,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    retry: {
      retries: 4,
      initialRetryTime: 200,
      maxRetryTime: 1000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });

export const heartbeatMs = (sessionTimeoutMs: number): number => Math.floor(sessionTimeoutMs / 3);
