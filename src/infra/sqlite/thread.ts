import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { newThread } from './new-thread.ts';

/** A message with the number that ties a reply to its request; without a body it asks the thread to end. */
export type Envelope<Body> = { readonly id: number; readonly body?: Body };

export type Thread<Request, Reply, Hello> = {
  readonly hello: Hello;
  /**
   * Rejects when the thread dies first; whether the request was carried out is then unknown. What is handed over
   * crosses without being copied, and can no longer be used here.
   */
  readonly call: (request: Request, handedOver?: readonly ArrayBuffer[]) => Promise<Reply>;
  /** Resolves when the thread has answered what it got before and has ended. */
  readonly stop: () => Promise<void>;
  /** Calls `listener` once if the thread ends without having been stopped. */
  readonly onFailure: (listener: (error: Error) => void) => void;
};

type Waiting<Reply> = { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void };

/**
 * Runs a module that calls `serve` in a thread and waits for its hello. The thread keeps the process alive
 * until it is stopped. The types are the caller's word: both sides import them from one file.
 *
 * @throws what the module throws while it starts.
 */
export const startThread = async <Request, Reply, Hello>(
  script: URL,
  workerData: unknown,
): Promise<Thread<Request, Reply, Hello>> => {
  const worker = newThread(script, workerData);
  // Node types messages as any; the first one is what the module gave to `serve` or posted itself.
  const [hello] = (await once(worker, 'message')) as [Hello];
  const waiting = new Map<number, Waiting<Reply>>();
  const failure = failureOf(worker, waiting);
  let id = 0;
  worker.on('message', (replies: readonly Required<Envelope<Reply>>[]) => {
    for (const reply of replies) settle(waiting, reply);
  });
  return {
    hello,
    onFailure: failure.listen,
    call: (body, handedOver = []) =>
      new Promise((resolve, reject) => {
        const died = failure.error();
        if (died !== undefined) {
          reject(died);
          return;
        }
        id += 1;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, body }, handedOver);
      }),
    stop: async () => {
      if (failure.stop()) return;
      const ended = once(worker, 'exit');
      worker.postMessage({ id: 0 });
      await ended;
    },
  };
};

const settle = <Reply>(
  waiting: Map<number, Waiting<Reply>>,
  { id, body }: Required<Envelope<Reply>>,
): void => {
  waiting.get(id)?.resolve(body);
  waiting.delete(id);
};

const failureOf = <Reply>(worker: Worker, waiting: Map<number, Waiting<Reply>>) => {
  const listeners: ((error: Error) => void)[] = [];
  let failed: Error | undefined;
  let isStopped = false;
  const fail = (error: Error): void => {
    if (failed !== undefined) return;
    failed = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
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
