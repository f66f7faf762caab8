import type { Worker } from 'node:worker_threads';
import type { Clock } from '../clock/port.ts';
import { newThread } from '../sqlite/new-thread.ts';
import type { FromThread, ProjectorThreadOptions, ToThread } from './messages.ts';

export type Supervised = {
  /** False while there is no thread: the message is lost. */
  readonly post: (message: ToThread) => boolean;
  readonly restarts: () => number;
  /** Resolves when the thread has finished its batch and has ended. */
  readonly close: () => Promise<void>;
};

export type SupervisedOptions = {
  readonly script: URL;
  readonly options: ProjectorThreadOptions;
  readonly clock: Clock;
  readonly onMessage: (message: FromThread) => void;
  /** The thread ended unasked. */
  readonly onEnd: (error: Error) => void;
};

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;
/** A thread that ran this long did not fail at once: the next delay is the first one again. */
const HEALTHY_MS = 60_000;
// While read models are filled, V8's own choices would take more than 100 MiB more, and save no time.
const HEAP_MIB = { young: 24, old: 2000 } as const;

/** Keeps one thread running: after an unexpected end another is started, later each time. */
export const supervised = (deps: SupervisedOptions): Supervised => {
  const { clock } = deps;
  let worker: Worker | undefined;
  let restarts = 0;
  let delayMs = FIRST_DELAY_MS;
  let isClosed = false;
  let cancel = (): void => undefined;
  let ended: Promise<void> = Promise.resolve();
  const launch = (): void => {
    const startedMs = clock.now();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    ended = promise;
    worker = started(deps, (error) => {
      worker = undefined;
      resolve(undefined);
      if (isClosed) return;
      if (clock.now() - startedMs >= HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      restarts += 1;
      cancel = clock.schedule(delayMs, launch);
      delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
      deps.onEnd(error);
    });
  };
  launch();
  return {
    post: (message) => {
      worker?.postMessage(message);
      return worker !== undefined;
    },
    restarts: () => restarts,
    close: async () => {
      isClosed = true;
      cancel();
      worker?.postMessage({ kind: 'stop' } satisfies ToThread);
      await ended;
    },
  };
};

const started = (
  { script, options, onMessage }: SupervisedOptions,
  onExit: (error: Error) => void,
): Worker => {
  const worker = newThread(script, options, HEAP_MIB);
  let reason = new Error('the projector thread has ended');
  // Node types messages as any; only `serveProjector` posts them.
  worker.on('message', onMessage);
  worker.on('error', (error: unknown) => {
    reason = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('exit', () => {
    onExit(reason);
  });
  return worker;
};
