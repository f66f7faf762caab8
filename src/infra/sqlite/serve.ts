import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ThreadData } from './thread.ts';

export type More<Request> = (isAwaited?: boolean) => readonly Request[];

/** The worker's side of `startThread`: says hello once, then answers. */
export type Server<Request, Reply> = {
  /**
   * Everything that is waiting when the thread is free; one reply per request, in order. `more` takes what has come since
   * the thread was free, to be answered with the rest; where it must not be nothing it sleeps until something comes, or the
   * word to end.
   */
  readonly answer: (requests: readonly Request[], more: More<Request>) => readonly Reply[];
  /** What of a reply is handed over instead of copied. */
  readonly handedOver?: (reply: Reply) => readonly ArrayBuffer[];
  /** At most this many requests at once, and each time that `more` is called; the rest waits for the next turn. */
  readonly atOnce: number;
  /** Runs after the replies are on their way. */
  readonly afterwards?: () => void;
  /** The last thing before the thread ends. */
  readonly close: () => void;
};

// Between so many turns the engine does what it has put off, as freeing what weak references held.
const TURNS = 1000;

/**
 * Must run in a worker thread. What `answer` throws is not caught: it ends the thread, its owner learns of it.
 *
 * The thread sleeps until the next call instead of waiting for an event: nothing else happens here, and to be woken
 * takes a third of the time, on both sides.
 */
export const serve = <Request, Reply>(hello: unknown, server: Server<Request, Reply>): void => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  // Node types both as any; only `startThread` starts such a thread and writes to its port.
  const { calls } = workerData as ThreadData;
  const inbox = inboxOf(calls, () => receiveMessageOnPort(port)?.message as Request | null);
  const waiting = (): readonly Request[] => inbox.take(server.atOnce);
  const more: More<Request> = (isAwaited = false) => {
    let came = waiting();
    for (; isAwaited && came.length === 0 && !inbox.isEnding(); came = waiting()) inbox.sleep();
    return came;
  };
  const answer = (group: readonly Request[]): void => {
    const replies = server.answer(group, more);
    port.postMessage(replies, server.handedOver === undefined ? [] : replies.flatMap(server.handedOver));
    server.afterwards?.();
  };
  /** Answers what is waiting, or sleeps where nothing is; false when the thread was asked to end. */
  const turn = (): boolean => {
    const group = waiting();
    if (group.length > 0) answer(group);
    else if (!inbox.isEnding()) inbox.sleep();
    return !inbox.isEnding();
  };
  const run = (): void => {
    for (let turns = 0; turns < TURNS; turns += 1) {
      if (turn()) continue;
      server.close();
      port.close();
      return;
    }
    setImmediate(run);
  };
  port.postMessage(hello);
  setImmediate(run);
};

type Inbox<Request> = {
  /** Up to so many of what is waiting, none behind the word to end. */
  readonly take: (most: number) => readonly Request[];
  /** True once the thread was asked to end. */
  readonly isEnding: () => boolean;
  /** Until the next call. */
  readonly sleep: () => void;
};

/** What was posted to this thread: `calls` counts it, `next` takes one, null where the thread is to end. */
const inboxOf = <Request>(calls: Int32Array, next: () => Request | null): Inbox<Request> => {
  let taken = 0;
  let isEnding = false;
  return {
    take: (most) => {
      const group: Request[] = [];
      // A call is counted behind its message: the port is never asked in vain.
      while (!isEnding && group.length < most && taken !== Atomics.load(calls, 0)) {
        taken = (taken + 1) | 0;
        const request = next();
        if (request === null) isEnding = true;
        else group.push(request);
      }
      return group;
    },
    isEnding: () => isEnding,
    sleep: () => void Atomics.wait(calls, 0, taken),
  };
};
