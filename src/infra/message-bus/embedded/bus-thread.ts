import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { detailOf, isPassing } from '../../sqlite/errors.ts';
import { serve } from '../../sqlite/serve.ts';
import { generationOf, membership, stateOf } from './membership.ts';
import { commit, lagOf } from './offsets.ts';
import type { BusHello, BusReply, BusRequest } from './protocol.ts';
import { publisherTo } from './publish.ts';
import { recordsFrom } from './records.ts';
import { expiryIn } from './retention.ts';
import type { Expiry } from './retention.ts';
import { busIdOf, openBus } from './schema.ts';
import { ensureTopics } from './topics.ts';

const EVERYTHING = Number.POSITIVE_INFINITY;
const READS: readonly BusRequest['kind'][] = ['poll', 'look', 'lag'];

const answersOn = (db: DatabaseSync, { expire }: Expiry) => {
  const members = membership(db);
  const publish = publisherTo(db);
  return (request: BusRequest): BusReply => {
    switch (request.kind) {
      case 'ensure':
        ensureTopics(db, request.topics);
        expire(request.now);
        return { kind: 'done' };
      case 'publish':
        return publish(request.records, request.now);
      case 'beat':
        return { kind: 'beaten', beaten: members.beat(request.beat) };
      case 'leave':
        members.leave(request.group, request.member);
        return { kind: 'done' };
      case 'poll':
        return {
          kind: 'polled',
          generation: generationOf(db, request.group),
          records: request.wants.flatMap((want) => recordsFrom(db, want)),
        };
      case 'look':
        return { kind: 'seen', state: stateOf(db) };
      case 'commit':
        return commit(db, request.group, request.member, request.to);
      case 'lag':
        return { kind: 'lag', lag: lagOf(db, request.group, request.topics) };
      case 'expire':
        return { kind: 'expired', isMore: expire(request.now) };
    }
  };
};

/** Whatever waits shares one transaction, and so one fsync. */
const inOneTransaction = (db: DatabaseSync, answer: (request: BusRequest) => BusReply) => {
  return (requests: readonly BusRequest[]): readonly BusReply[] => {
    const isReading = requests.every(({ kind }) => READS.includes(kind));
    try {
      db.exec(isReading ? 'BEGIN' : 'BEGIN IMMEDIATE');
      const replies = requests.map(answer);
      db.exec('COMMIT');
      return replies;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      if (!isPassing(error)) throw error;
      return requests.map(() => ({ kind: 'failed', detail: detailOf(error) }));
    }
  };
};

const start = (path: string): void => {
  const db = openBus(path);
  const hello: BusHello = { kind: 'open', id: busIdOf(db) };
  const expiry = expiryIn(db);
  serve<BusRequest, BusReply>(hello, {
    atOnce: EVERYTHING,
    answer: inOneTransaction(db, answersOn(db, expiry)),
    afterwards: expiry.clean,
    close: () => {
      db.close();
    },
  });
};

try {
  // Node types it as any; only embedded.ts starts this thread, with this type.
  start((workerData as { readonly path: string }).path);
} catch (error) {
  const hello: BusHello = { kind: 'unusable', detail: detailOf(error) };
  parentPort?.postMessage(hello);
}
