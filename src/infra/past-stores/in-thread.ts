import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { newThread } from '../sqlite/new-thread.ts';
import type { MakeDeps, OnBatch, Target } from './make.ts';

/** What the thread is told. */
export type ThreadTask = Pick<Target, 'directory' | 'upTo'> & {
  /** Of the log. */
  readonly dataDir: string;
};

type Batch = { readonly events: number; readonly recordedAt: string | null };

/**
 * Builds in a thread that ends with the build: nobody else in this process waits for it. A build that is aborted is
 * ended where it stands.
 */
export const buildInThread =
  (script: URL, dataDir: string): MakeDeps['build'] =>
  async ({ directory, upTo, signal, onBatch }) => {
    const task: ThreadTask = { dataDir, directory, upTo };
    const worker = newThread(script, task);
    // Node types messages as any; only `runTask` writes to this port.
    worker.on('message', ({ events, recordedAt }: Batch) => {
      onBatch(events, recordedAt);
    });
    const stop = (): void => void worker.terminate();
    signal.addEventListener('abort', stop);
    try {
      // Rejects with what the thread throws.
      const ended: unknown[] = await once(worker, 'exit');
      signal.throwIfAborted();
      if (ended[0] !== 0) throw new Error(`the thread ended with ${String(ended[0])}`);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };

/** Runs in such a thread. */
export const runTask = async (
  build: (task: ThreadTask, onBatch: OnBatch) => Promise<void>,
): Promise<void> => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  // Node types it as any; only `buildInThread` starts this thread, with this type.
  await build(workerData as ThreadTask, (events, recordedAt) => {
    const batch: Batch = { events, recordedAt };
    port.postMessage(batch);
  });
};
