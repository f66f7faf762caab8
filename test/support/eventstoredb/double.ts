import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { batchAppend } from './batch-append.ts';
import { callCounters } from './call-counters.ts';
import { faultBoard } from './faults.ts';
import { eventLog } from './log.ts';
import type { EventLog } from './log.ts';
import { listen } from './network.ts';
import type { Listener } from './network.ts';
import { malformedEvents } from './malformed-events.ts';
import { read } from './read-call.ts';
import { deleteStream, gossipRead, supportedMethods, tombstoneStream } from './small-calls.ts';
import type { Member } from './small-calls.ts';
import type { Subscription } from './subscription.ts';
import { unaryAppend } from './unary-append.ts';
import { callError } from './wire.ts';

export type DoubleOptions = {
  /** Milliseconds; becomes `created` and ages events. */
  readonly now?: () => number;
  /** What it takes to look at a thousand records of `$all`, in milliseconds; nothing unless given. */
  readonly scanMs?: number;
  /** How many commits `any` and `stream_exists` remember. */
  readonly recentIds?: number;
  readonly maxAppendBytes?: number;
  /** False makes clients append with one call each. */
  readonly hasBatchAppend?: boolean;
  readonly version?: string;
  readonly port?: number;
  /** PEM; the URL then asks for TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** `user:password` that calls to streams must carry. */
  readonly credentials?: string;
  /** A log that several nodes share. */
  readonly log?: EventLog;
  /** Port of the node that leads, where it is another one: calls that require the leader are sent there. */
  readonly leader?: () => number | undefined;
  /** What gossip tells; one living leader unless given. */
  readonly members?: () => readonly Member[];
};

export type EventStoreDouble = Awaited<ReturnType<typeof startEventStoreDouble>>;

const MEBIBYTE = 1_048_576;

/**
 * A server that speaks EventStoreDB's protocol on a loopback port, with its log in memory: streams, `$all`,
 * subscriptions, metadata, features and gossip, and faults to order. It follows the commit decision of R-04.
 */
export const startEventStoreDouble = async (options: DoubleOptions = {}) => {
  const now = options.now ?? Date.now;
  const log = options.log ?? eventLog({ now, recentIds: options.recentIds ?? 1_000 });
  const faults = faultBoard();
  const { scanMs } = options;
  const leader = options.leader ?? (() => undefined);
  const counters = callCounters({ credentials: options.credentials, leader });
  const subscriptions = new Set<Subscription>();
  const id = crypto.randomUUID();
  let sent = 0;
  const self = (): readonly Member[] => [{ id, port: listener.port, state: 'LEADER', isAlive: true }];

  const build = (): Server => {
    const { take } = faults;
    const { count } = counters;
    const commits = { log, faults: take, maxAppendBytes: options.maxAppendBytes ?? MEBIBYTE };
    const server = new Server({
      interceptors: [counters.interceptor],
      'grpc.max_receive_message_length': -1,
    });
    server.addService(StreamsService, {
      read: read({ log, scanMs, faults: take, subscriptions, count, onEvent: () => (sent += 1) }),
      append: unaryAppend(commits, () => count('append')),
      batchAppend: batchAppend(commits, () => count('append')),
      delete: deleteStream({ log, faults: take, count: () => count('delete') }),
      tombstone: tombstoneStream({ log, faults: take, count: () => count('delete') }),
    });
    server.addService(ServerFeaturesService, {
      getSupportedMethods: supportedMethods({
        faults: take,
        version: options.version ?? '24.10.6',
        hasBatchAppend: options.hasBatchAppend ?? true,
        count: () => count('features'),
      }),
    });
    const members = options.members ?? self;
    server.addService(GossipService, {
      read: gossipRead({ faults: take, now, members, count: () => count('gossip') }),
    });
    return server;
  };
  const credentials = (): ServerCredentials => {
    if (options.tls === undefined) return ServerCredentials.createInsecure();
    const { certificate, key } = options.tls;
    const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
    return ServerCredentials.createSsl(null, [pair]);
  };
  const open = (port: number): Promise<Listener> => listen(build(), { credentials: credentials(), port });
  let listener = await open(options.port ?? 0);
  let isStopped = false;

  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    await listener.close();
  };
  const start = async (): Promise<void> => {
    listener = await open(listener.port);
    isStopped = false;
  };
  const each = (act: (subscription: Subscription) => void): number => {
    const open = [...subscriptions];
    open.forEach(act);
    return open.length;
  };
  return {
    url: `esdb://127.0.0.1:${listener.port}?tls=${options.tls === undefined ? 'false' : 'true'}`,
    port: listener.port,
    log,
    faults: {
      ...faults.arm,
      ...malformedEvents(log),
      /** Each tells how many subscriptions it struck. */
      endSubscriptions: () => each(({ out }) => out.end()),
      errorSubscriptions: (code: status = status.UNAVAILABLE) =>
        each(({ out }) => out.fail(callError(code, 'subscription dropped'))),
      silenceSubscriptions: () => each(({ silence }) => silence()),
      fallBehind: () => each(({ fallBehind }) => fallBehind()),
      deleteStream: (stream: string) => log.remove(stream, 'any', false),
      tombstoneStream: (stream: string) => log.remove(stream, 'any', true),
      truncateStream: (stream: string, before: bigint) => log.truncate(stream, before),
      /** Ends `notReplicated` at once. */
      replicate: () => log.release(),
      scavenge: () => log.scavenge(),
      /** Resets every connection; the listener stays. */
      kill: () => listener.cut(),
    },
    /** Calls the server holds open: all, or of one method. */
    openCalls: counters.open,
    /** How often each was asked, since the start. */
    requests: counters.requests,
    /** Events given to reads and subscriptions since the start. */
    eventsSent: (): number => sent,
    isUp: () => !isStopped,
    stop,
    /** The listener goes and comes back on the same port with the same data. */
    restart: async (): Promise<void> => {
      await stop();
      await start();
    },
    start,
  };
};
