import { UnsafeDatabase } from '../../sqlite/open.ts';
import type { Thread } from '../../sqlite/thread.ts';
import type { AppendResult, EventStore } from '../port.ts';
import type { Append } from './encode.ts';
import { encode } from './encode.ts';
import { flatAppends } from './flat-appends.ts';
import type { AppendRequest, FlatAppends, Hello, NotWritten, WriteReply, WriteRequest } from './protocol.ts';
import { eventsOf, storedEvents } from './stored-events.ts';
import type { Tail } from './tail.ts';

export type AppendQueue = {
  readonly append: EventStore['append'];
  /** Resolves when everything accepted before has its result; refuses from the call on. */
  readonly drain: () => Promise<void>;
};

export type QueueDeps = {
  readonly writer: Thread<WriteRequest, WriteReply, Hello>;
  readonly tail: Tail;
  readonly nowMs: () => number;
  /** One request's share of a commit, which other requests may have shared. */
  readonly onCommit: (commit: number, appends: number) => void;
  readonly onFatal: (error: Error) => void;
};

type Waiting = {
  readonly append: Append;
  /** What it takes in memory, roughly. */
  readonly bytes: number;
  readonly resolve: (result: AppendResult) => void;
};

/** Sends all appends of one turn of the event loop to the writer in one message. */
export const appendQueue = (deps: QueueDeps): AppendQueue => {
  const flat = flatAppends();
  let waiting: Waiting[] = [];
  let isClosed = false;
  // Replies come in the order of requests.
  let last = Promise.resolve();
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    last = send(deps, group, flat.take());
  };
  /** The result, where there is one at once. */
  const accept = (append: Append, resolve: Waiting['resolve']): AppendResult | undefined => {
    if (isClosed || deps.tail.ended() !== undefined) return CLOSED;
    if (append.events.length === 0) return { kind: 'ok', events: [] };
    const request = encode(append);
    if ('kind' in request) return request;
    if (waiting.length === 0) setImmediate(flush);
    flat.add(request);
    waiting.push({ append, bytes: bytesOf(request), resolve });
    return undefined;
  };
  return {
    append: (stream, expected, events, metadata) =>
      new Promise((resolve) => {
        const result = accept({ stream, expected, events, metadata }, resolve);
        if (result !== undefined) resolve(result);
      }),
    drain: async () => {
      isClosed = true;
      flush();
      await last;
    },
  };
};

const CLOSED: AppendResult = { kind: 'refused', code: 'closed', detail: 'the event store is closed' };

const send = async (deps: QueueDeps, group: readonly Waiting[], appends: FlatAppends): Promise<void> => {
  try {
    const reply = await deps.writer.call({ nowMs: deps.nowMs(), appends });
    if (reply.fatal !== undefined) deps.onFatal(new UnsafeDatabase(reply.fatal));
    deps.onCommit(reply.commit, group.length);
    settle(deps.tail, group, reply);
  } catch (cause) {
    // The writer died with the appends in hand: they may be on disk.
    for (const { resolve } of group) resolve({ kind: 'ambiguous', cause });
  }
};

/** In the order of the log: the tail must grow without a gap. */
const settle = (tail: Tail, group: readonly Waiting[], reply: WriteReply): void => {
  const { recordedAt, hashes } = reply;
  let firstHash = 0;
  group.forEach(({ append, bytes, resolve }, index) => {
    const result = reply.results[index] ?? { kind: 'ambiguous', detail: 'no reply' };
    if (typeof result !== 'number') {
      resolve(unwritten(result));
      return;
    }
    const events = storedEvents(append, { position: result, recordedAt, hashes, firstHash });
    firstHash += events.length;
    tail.push(events, bytes);
    resolve({ kind: 'ok', events });
  });
};

const unwritten = (reply: NotWritten): AppendResult => {
  switch (reply.kind) {
    case 'stored':
      return { kind: 'ok', events: eventsOf(reply.text) };
    case 'ambiguous':
      return { kind: 'ambiguous', cause: new Error(reply.detail) };
    case 'conflict':
    case 'refused':
      return reply;
  }
};

const OBJECT_BYTES = 600;

const bytesOf = ({ events }: AppendRequest): number => {
  let bytes = 0;
  for (const { data } of events) bytes += 3 * data.length + OBJECT_BYTES;
  return bytes;
};
