import type { Consumer, Kafka } from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { announce } from '../announce.ts';
import type { ConsumerOptions } from '../port.ts';
import type { attempts } from './attempts.ts';
import type { Place } from './in-record.ts';
import { heartbeatMs, newConsumer } from './new-consumer.ts';
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

/** One membership in the group, from joining to leaving or crashing. */
export const kafkaSession = (deps: SessionDeps): Session => {
  const { kafka, clock, options, sessionTimeoutMs } = deps;
  const ending = new AbortController();
  const lost = new AbortController();
  const consumer = newConsumer(kafka, { group: options.group, sessionTimeoutMs });
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
