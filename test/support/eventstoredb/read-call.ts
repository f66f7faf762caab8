import { status } from '@grpc/grpc-js';
import type { Faults } from './faults.ts';
import type { EventLog } from './log.ts';
import type { LogRecord } from './log-types.ts';
import { outgoing, wait } from './outgoing.ts';
import type { Outgoing, ReadCall } from './outgoing.ts';
import { readAll, readStream } from './reading.ts';
import { readOptions } from './read-options.ts';
import type { ReadOptions } from './read-options.ts';
import { allRecords, streamRecords } from './record-source.ts';
import { scanning } from './scanning.ts';
import { subscribe } from './subscription.ts';
import type { Subscription } from './subscription.ts';
import { streamDeletedError } from './unary-append.ts';
import { callError, readEvent, streamNotFound } from './wire.ts';

export type ReadDeps = {
  readonly log: EventLog;
  /** What it takes to look at a thousand records of `$all`, found or not. */
  readonly scanMs: number | undefined;
  readonly faults: Faults['take'];
  readonly subscriptions: Set<Subscription>;
  readonly count: (kind: 'read' | 'subscribe') => void;
  readonly onEvent: () => void;
};

type Wanted = Pick<ReadOptions, 'matches' | 'count'>;

const ANY: Wanted = { matches: () => true, count: Number.POSITIVE_INFINITY };

/** Each as it is found. A server looks at what does not match too, and says nothing meanwhile. */
const sendAll = async (
  deps: ReadDeps,
  out: Outgoing,
  records: readonly LogRecord[],
  { matches, count }: Wanted = ANY,
): Promise<void> => {
  const looked = scanning(deps.scanMs);
  let left = count;
  for (const record of records) {
    if (!out.isOpen()) return;
    if (left === 0) break;
    await looked();
    if (!matches(record)) continue;
    left -= 1;
    const slow = deps.faults.slowness('read');
    if (slow !== undefined) await wait(slow);
    await out.send(readEvent(record));
  }
  out.end();
};

const answerRead = async (deps: ReadDeps, out: Outgoing, options: ReadOptions): Promise<void> => {
  const { stream, isBackwards, matches, count } = options;
  if (stream === undefined) {
    const looked = readAll(deps.log, { from: options.fromPosition, isBackwards, matches: ANY.matches });
    return sendAll(deps, out, looked, { matches, count });
  }
  const read = readStream(deps.log, stream, { from: options.fromRevision, isBackwards });
  if (read.kind === 'events') return sendAll(deps, out, read.records.slice(0, count));
  if (read.kind === 'deleted') out.fail(streamDeletedError(stream));
  else await out.send(streamNotFound(stream));
  out.end();
};

const answerSubscription = async (deps: ReadDeps, out: Outgoing, options: ReadOptions): Promise<void> => {
  const { stream, fromPosition, fromRevision } = options;
  const source =
    stream === undefined ? allRecords(deps.log, fromPosition) : streamRecords(deps.log, stream, fromRevision);
  const { subscription, follow } = subscribe(deps, out, options, source);
  deps.subscriptions.add(subscription);
  await follow();
  deps.subscriptions.delete(subscription);
};

/** `Read`: of a stream or `$all`, as far as it goes now or as a subscription. */
export const read =
  (deps: ReadDeps) =>
  (call: ReadCall): void => {
    const out = outgoing(call, deps.onEvent);
    const wire = call.request.getOptions();
    if (wire === undefined) return out.fail(callError(status.INVALID_ARGUMENT, 'no options'));
    const options = readOptions(wire);
    const kind = options.isSubscription ? 'subscribe' : 'read';
    deps.count(kind);
    const answer = async (): Promise<void> => {
      const delay = deps.faults.delay(kind);
      if (delay !== undefined) await wait(delay);
      if (deps.faults.silence(kind)) return;
      const fault = deps.faults.error(kind);
      if (fault !== undefined) out.fail(fault);
      else await (options.isSubscription ? answerSubscription : answerRead)(deps, out, options);
    };
    void answer();
  };
