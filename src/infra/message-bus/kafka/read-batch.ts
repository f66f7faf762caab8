import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import type { ConsumerOptions, InRecord } from '../port.ts';
import { retryPauseMs } from '../../clock/port.ts';
import type { attempts } from './attempts.ts';
import { undecodableBatch } from './codecs/stand-in.ts';
import type { Heart } from './heartbeats.ts';
import { whileBeating } from './heartbeats.ts';
import { inRecord, undecodableRecord } from './in-record.ts';
import type { Place } from './in-record.ts';

export type BatchDeps = Pick<ConsumerOptions, 'handle' | 'onTrouble'> & {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly attempts: ReturnType<typeof attempts>;
  /** Whether records may be handled; handling waits for it. */
  readonly ready: () => Promise<boolean>;
  /** No further record is handled. */
  readonly ending: AbortSignal;
  /** What is under way counts no more. */
  readonly lost: AbortSignal;
  /** Fetches nothing of the partition for a while. */
  readonly rest: (place: Place, ms: number) => void;
  readonly onProgress: () => void;
};

type Taken = { readonly record: InRecord; readonly last: string; readonly isDecoded: boolean };

/** The records of one partition one after the other, each committed before the next. */
export const readBatch = async (payload: EachBatchPayload, deps: BatchDeps): Promise<void> => {
  const heart = { clock: deps.clock, everyMs: deps.heartbeatMs, beat: () => payload.heartbeat() };
  const { result: isReady, rebalance } = await whileBeating(heart, deps.ready, () => undefined);
  if (rebalance !== undefined) throw rebalance;
  if (!isReady) return;
  for (const message of payload.batch.messages) {
    if (!payload.isRunning() || payload.isStale() || deps.ending.aborted) return;
    if (!(await readOne(payload, takenFrom(payload.batch, message), { deps, heart }))) return;
  }
};

const takenFrom = ({ topic, partition }: Place, message: KafkaMessage): Taken => {
  const place = { topic, partition };
  const undecodable = undecodableBatch(message.value);
  return undecodable === undefined
    ? { record: inRecord(place, message), last: message.offset, isDecoded: true }
    : {
        record: undecodableRecord(place, undecodable),
        last: String(undecodable.lastOffset),
        isDecoded: false,
      };
};

/** False where the batch must be left: the record was not handled, or the partition may be another's. */
const readOne = async (
  payload: EachBatchPayload,
  { record, last, isDecoded }: Taken,
  { deps, heart }: { readonly deps: BatchDeps; readonly heart: Heart },
): Promise<boolean> => {
  const lost = new AbortController();
  const work = async (): Promise<boolean> => {
    try {
      if (!isDecoded) deps.attempts.assertUndecodable(record);
      await deps.handle(record, AbortSignal.any([lost.signal, deps.lost]));
      return true;
    } catch (error) {
      deps.onTrouble(error);
      return false;
    }
  };
  const { result: isHandled, rebalance } = await whileBeating(heart, work, () => {
    lost.abort();
  });
  if (isHandled) {
    const offset = String(BigInt(last) + 1n);
    const { topic, partition } = record;
    await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    payload.resolveOffset(last);
    deps.attempts.done(record);
    deps.onProgress();
    // Sent once per interval however often it is called: many short records take as long as a slow one.
    await payload.heartbeat();
  } else deps.rest(record, retryPauseMs(deps.attempts.failed(record)));
  if (rebalance !== undefined) throw rebalance;
  return isHandled && isDecoded;
};
