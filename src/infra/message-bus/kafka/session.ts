import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { announce } from '../announce.ts';
import type { ConsumerOptions } from '../port.ts';
import type { attempts } from './attempts.ts';
import type { Place } from './in-record.ts';
import { readBatch } from './read-batch.ts';
import { watchLife } from './signs-of-life.ts';

export type SessionDeps = {
  readonly kafka: Kafka;
  readonly clock: Clock;
  readonly options: ConsumerOptions;
  readonly sessionTimeoutMs: number;
  readonly attempts: ReturnType<typeof attempts>;
  readonly onProgress: () => void;
  /** Once, for whatever ended it other than `stop`. */
  readonly onCrash: (error: unknown) => void;
};

export type Session = {
  /** Never rejects: a start that fails is a crash. */
  readonly start: (topics: readonly string[]) => Promise<void>;
  /** Lets the records under way finish and leaves the group. */
  readonly stop: () => Promise<void>;
};

const PARTITIONS_AT_ONCE = 32;
const MAX_WAIT_MS = 500;
const METADATA_MAX_AGE_MS = 30_000;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
// Longer than a handler takes: who does not join again within it is left out.
const REBALANCE_TIMEOUT_MS = 60_000;

/** One membership in the group, from joining to leaving or crashing. */
export const kafkaSession = (deps: SessionDeps): Session => {
  const { clock, options, sessionTimeoutMs } = deps;
  const ending = new AbortController();
  const lost = new AbortController();
  const consumer = newConsumer(deps);
  const crash = (error: unknown): void => {
    if (ending.signal.aborted) return;
    ending.abort();
    lost.abort();
    deps.onCrash(error);
    consumer.disconnect().catch(options.onTrouble);
  };
  watchLife(consumer, { clock, everyMs: sessionTimeoutMs, until: ending.signal }, () => {
    crash(new Error('the consumer shows no sign of life'));
  });
  consumer.on('consumer.crash', ({ payload }) => {
    crash(payload.error);
  });
  const eachBatch = batchReader(consumer, deps, { ending: ending.signal, lost: lost.signal });
  return {
    start: async (topics) => {
      try {
        await consumer.connect();
        await consumer.subscribe({ topics: [...topics], fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          partitionsConsumedConcurrently: PARTITIONS_AT_ONCE,
          eachBatch,
        });
      } catch (error) {
        crash(error);
      }
    },
    stop: async () => {
      ending.abort();
      await consumer.disconnect();
    },
  };
};

type Ends = { readonly ending: AbortSignal; readonly lost: AbortSignal };

const batchReader = (consumer: Consumer, deps: SessionDeps, ends: Ends) => {
  const { options, clock } = deps;
  let ready: Promise<boolean> = Promise.resolve(true);
  consumer.on('consumer.group_join', ({ payload }) => {
    if (Object.keys(payload.memberAssignment).length > 0) ready = announce(options, clock, ends.ending);
  });
  const rest = ({ topic, partition }: Place, ms: number): void => {
    const place = [{ topic, partitions: [partition] }];
    consumer.pause(place);
    clock.schedule(ms, () => {
      if (!ends.ending.aborted) consumer.resume(place);
    });
  };
  const batchDeps = {
    ...deps,
    ...ends,
    handle: options.handle,
    onTrouble: options.onTrouble,
    heartbeatMs: heartbeatMs(deps.sessionTimeoutMs),
    ready: () => ready,
    rest,
  };
  return (payload: Parameters<typeof readBatch>[0]) => readBatch(payload, batchDeps);
};

/** kafkajs never restarts it: whoever made it does, and so learns of every crash. */
const newConsumer = ({ kafka, options: { group }, sessionTimeoutMs }: SessionDeps): Consumer =>
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

const heartbeatMs = (sessionTimeoutMs: number): number => Math.floor(sessionTimeoutMs / 3);
