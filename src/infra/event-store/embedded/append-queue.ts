import { UnsafeDatabase } from '../../sqlite/open.ts';
import type { Thread } from '../../sqlite/thread.ts';
import type { AppendResult, EventStore } from '../port.ts';
import type { Append } from './encode.ts';
import { encode } from './encode.ts';
import { flatAppends } from './flat-appends.ts';
import type { AppendRequest, Hello, NotWritten, SentAppends, WriteReply, WriteRequest } from './protocol.ts';
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

// So many are worth a message of their own: the writer works on them while the others are encoded.
const PART = 16;

/** Sends the appends of one turn of the event loop to the writer together, many of them in parts of one commit. */
export const appendQueue = (deps: QueueDeps): AppendQueue => {
  const turns = turnsTo(deps);
  let isClosed = false;
  /** The result, where there is one at once. */
  const accept = (append: Append, resolve: Waiting['resolve']): AppendResult | undefined => {
    if (isClosed || deps.tail.ended() !== undefined) return CLOSED;
    if (append.events.length === 0) return { kind: 'ok', events: [] };
    const request = encode(append);
    if ('kind' in request) return request;
    turns.add(request, { append, bytes: bytesOf(request), resolve });
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
      await turns.end();
    },
  };
};

const turnsTo = (deps: QueueDeps) => {
  const flat = flatAppends();
  let waiting: Waiting[] = [];
  let isScheduled = false;
  // Replies come in the order of requests.
  let last = Promise.resolve();
  const sendWaiting = (isMore: boolean): void => {
    const group = waiting;
    waiting = [];
    last = send(deps, group, { ...flat.take(), isMore });
  };
  const flush = (): void => {
    isScheduled = false;
    if (waiting.length > 0) sendWaiting(false);
  };
  return {
    add: (request: AppendRequest, one: Waiting): void => {
      // Only now that there is one behind them: the turn's last message must hold something.
      if (waiting.length === PART) sendWaiting(true);
      if (!isScheduled) setImmediate(flush);
      isScheduled = true;
      flat.add(request);
      waiting.push(one);
    },
    /** Sends what waits; resolves when all that was sent has its result. */
    end: (): Promise<void> => {
      flush();
      return last;
    },
  };
};

const CLOSED: AppendResult = { kind: 'refused', code: 'closed', detail: 'the event store is closed' };

const send = async (deps: QueueDeps, group: readonly Waiting[], appends: SentAppends): Promise<void> => {
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
