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
import { subscribe } from './subscription.ts';
import type { Subscription } from './subscription.ts';
import { streamDeletedError } from './unary-append.ts';
import { callError, readEvent, streamNotFound } from './wire.ts';

export type ReadDeps = {
  readonly log: EventLog;
  readonly faults: Faults['take'];
  readonly subscriptions: Set<Subscription>;
  readonly count: (kind: 'read' | 'subscribe') => void;
  readonly onEvent: () => void;
};

const sendAll = async (deps: ReadDeps, out: Outgoing, records: readonly LogRecord[]): Promise<void> => {
  for (const record of records) {
    if (!out.isOpen()) return;
    const slow = deps.faults.slowness('read');
    if (slow !== undefined) await wait(slow);
    await out.send(readEvent(record));
  }
  out.end();
};

const answerRead = async (deps: ReadDeps, out: Outgoing, options: ReadOptions): Promise<void> => {
  const { stream, isBackwards, matches, count } = options;
  if (stream === undefined) {
    const records = readAll(deps.log, { from: options.fromPosition, isBackwards, matches });
    return sendAll(deps, out, records.slice(0, count));
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
