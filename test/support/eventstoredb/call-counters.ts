import { ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import type { CallKind } from './faults.ts';
import { callError, notLeaderError } from './wire.ts';
import type { CallError } from './wire.ts';

/** The methods of the protocol, as `openCalls` tells them apart. */
export type Method = 'Read' | 'Append' | 'BatchAppend' | 'Delete' | 'Tombstone' | 'GetSupportedMethods';

const STREAMS = '/event_store.client.streams.Streams/';

const methodOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export type Door = {
  /** `user:password` that calls to streams must carry, undefined for none. */
  readonly credentials: string | undefined;
  /** Port of another node where that one leads, undefined where this one does. */
  readonly leader: () => number | undefined;
};

/** Counts requests and open calls; refuses calls without credentials, and those for a leader where it is not one. */
export const callCounters = ({ credentials, leader }: Door) => {
  const requests: Record<CallKind, number> = {
    append: 0,
    read: 0,
    subscribe: 0,
    delete: 0,
    features: 0,
    gossip: 0,
  };
  const calls = new Set<{ readonly method: string }>();
  const expected =
    credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;

  const refusalOf = (path: string, metadata: Metadata): CallError | undefined => {
    // Discovery is open to everybody, on the server too.
    const isOpen = expected === undefined || !path.startsWith(STREAMS);
    if (!isOpen && metadata.get('authorization')[0] !== expected) {
      return callError(status.UNAUTHENTICATED, 'Unauthenticated');
    }
    const port = metadata.get('requires-leader')[0] === 'true' ? leader() : undefined;
    return port === undefined ? undefined : notLeaderError('127.0.0.1', port);
  };
  const interceptor: ServerInterceptor = (definition, call) => {
    const entry = { method: methodOf(definition.path) };
    calls.add(entry);
    const over = () => void calls.delete(entry);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            const refusal = refusalOf(definition.path, metadata);
            if (refusal === undefined) return proceed(metadata);
            over();
            call.sendStatus(refusal);
          },
          onCancel: over,
        }),
      sendStatus: (answer, next) => {
        over();
        next(answer);
      },
    });
  };
  return {
    interceptor,
    requests: requests as Readonly<Record<CallKind, number>>,
    count: (kind: CallKind): void => void (requests[kind] += 1),
    open: (method?: Method): number =>
      [...calls].filter((call) => method === undefined || call.method === method).length,
  };
};
