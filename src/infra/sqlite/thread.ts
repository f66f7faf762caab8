import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { newThread } from './new-thread.ts';
import type { HeapMib } from './new-thread.ts';

/** What a thread gets besides its options: how often it was called, which it sleeps on. */
export type ThreadData = { readonly calls: Int32Array };

export type Thread<Request, Reply, Hello> = {
  readonly hello: Hello;
  /** Rejects when the thread dies first; whether the request was carried out is then unknown. */
  readonly call: (request: Request) => Promise<Reply>;
  /** Resolves when the thread has answered what it got before and has ended. */
  readonly stop: () => Promise<void>;
  /** Calls `listener` once if the thread ends without having been stopped. */
  readonly onFailure: (listener: (error: Error) => void) => void;
};

type Waiting<Reply> = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

/**
 * Runs a module that calls `serve` in a thread and waits for its hello. The thread keeps the process alive
 * until it is stopped. The types are the caller's word: both sides import them from one file. `heapMib`: see `newThread`.
 *
 * @throws what the module throws while it starts.
 */
export const startThread = async <Request extends object, Reply, Hello>(
  script: URL,
  options: object,
  heapMib?: HeapMib,
): Promise<Thread<Request, Reply, Hello>> => {
  const bell = doorbell();
  const worker = newThread(script, { ...options, ...bell.data }, heapMib);
  // Node types messages as any; the first one is what the module gave to `serve` or posted itself.
  const [hello] = (await once(worker, 'message')) as [Hello];
  const waiting: Waiting<Reply>[] = [];
  const failure = failureOf(worker, waiting);
  worker.on('message', (replies: readonly Reply[]) => {
    // They come in the order of the calls.
    for (const reply of replies) waiting.shift()?.resolve(reply);
  });
  return {
    hello,
    onFailure: failure.listen,
    call: (request) =>
      new Promise((resolve, reject) => {
        const died = failure.error();
        if (died !== undefined) throw died;
        // Throws for what cannot cross: then no reply comes either.
        worker.postMessage(request);
        waiting.push({ resolve, reject });
        bell.ring();
      }),
    stop: async () => {
      if (failure.stop()) return;
      const ended = once(worker, 'exit');
      worker.postMessage(null);
      bell.ring();
      await ended;
    },
  };
};

/** Wakes the thread, whose event loop sleeps with it, for what was posted. */
const doorbell = () => {
  const calls = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const data: ThreadData = { calls };
  return {
    data,
    ring: (): void => {
      Atomics.add(calls, 0, 1);
      Atomics.notify(calls, 0);
    },
  };
};

const failureOf = <Reply>(worker: Worker, waiting: Waiting<Reply>[]) => {
  const listeners: ((error: Error) => void)[] = [];
  let failed: Error | undefined;
  let isStopped = false;
  const fail = (error: Error): void => {
    if (failed !== undefined) return;
    failed = error;
    for (const { reject } of waiting.splice(0)) reject(error);
    if (!isStopped) for (const listener of listeners) listener(error);
  };
  worker.on('error', fail);
  worker.on('exit', () => {
    fail(new Error('the thread has ended'));
  });
  return {
    listen: (listener: (error: Error) => void) => void listeners.push(listener),
    error: () => failed,
    /** True when there is nothing left to stop. */
    stop: (): boolean => {
      isStopped = true;
      return failed !== undefined;
    },
  };
};
