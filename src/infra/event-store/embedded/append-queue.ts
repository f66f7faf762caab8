import type { Thread } from '../../sqlite/thread.ts';
import type { AppendResult, EventStore } from '../port.ts';
import { encode } from './encode.ts';
import type { AppendReply, AppendRequest, Hello, WriteReply, WriteRequest } from './protocol.ts';
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

type Waiting = { readonly request: AppendRequest; readonly resolve: (result: AppendResult) => void };

/** Sends all appends of one turn of the event loop to the writer in one message. */
export const appendQueue = (deps: QueueDeps): AppendQueue => {
  let waiting: Waiting[] = [];
  let isClosed = false;
  const running = new Set<Promise<void>>();
  const flush = (): void => {
    const group = waiting;
    waiting = [];
    const run = send(deps, group).finally(() => running.delete(run));
    running.add(run);
  };
  const enqueue = (request: AppendRequest): Promise<AppendResult> =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ request, resolve });
    });
  return {
    append: async (stream, expected, events, metadata) => {
      if (isClosed || deps.tail.ended() !== undefined) return CLOSED;
      if (events.length === 0) return { kind: 'ok', events: [] };
      const request = encode({ stream, expected, events, metadata });
      return 'kind' in request ? request : enqueue(request);
    },
    drain: async () => {
      isClosed = true;
      if (waiting.length > 0) flush();
      await Promise.all(running);
    },
  };
};

const CLOSED: AppendResult = { kind: 'refused', code: 'closed', detail: 'the event store is closed' };

const send = async (deps: QueueDeps, group: readonly Waiting[]): Promise<void> => {
  if (group.length === 0) return;
  try {
    const appends = group.map(({ request }) => request);
    const { replies, commit, fatal } = await deps.writer.call({ nowMs: deps.nowMs(), appends });
    if (fatal !== undefined) deps.onFatal(new Error(fatal));
    deps.onCommit(commit, appends.length);
    settle(deps.tail, group, replies);
  } catch (cause) {
    // The writer died with the appends in hand: they may be on disk.
    for (const { resolve } of group) resolve({ kind: 'ambiguous', cause });
  }
};

/** In the order of the log: the tail must grow without a gap. */
const settle = (tail: Tail, group: readonly Waiting[], replies: readonly AppendReply[]): void => {
  group.forEach(({ request, resolve }, index) => {
    const reply = replies[index];
    resolve(reply === undefined ? { kind: 'ambiguous', cause: 'no reply' } : resultOf(tail, request, reply));
  });
};

const resultOf = (tail: Tail, request: AppendRequest, reply: AppendReply): AppendResult => {
  switch (reply.kind) {
    case 'written': {
      const events = storedEvents(request, reply);
      tail.push(events, bytesOf(request));
      return { kind: 'ok', events };
    }
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

const bytesOf = ({ events }: AppendRequest): number =>
  events.reduce((sum, { data }) => sum + 3 * data.length + OBJECT_BYTES, 0);
