import type { Clock } from '../../clock/port.ts';
import { StoreUnavailable } from '../errors.ts';
import type { ReadCall, ReadResponse } from './driver.ts';

export type ReadOptions = {
  readonly clock: Pick<Clock, 'schedule'>;
  /** Longest silence of the server in milliseconds, while we wait for it. */
  readonly idleMs: number;
  /** The same for the first answer, where some of it has passed already. */
  readonly firstMs?: number;
  /** Asked after each silence; without it a silence ends the call. Answers whether to go on waiting. */
  readonly onIdle?: () => Promise<boolean>;
  /** Ends the reading without an error. */
  readonly signal?: AbortSignal;
};

/**
 * The answers of one call, in order, as they are asked for. However the reading ends, the call is cancelled: left to
 * itself it stays open on the server for ever.
 *
 * @throws StoreUnavailable after a silence, and what the call failed with
 */
export async function* responsesOf(
  call: ReadCall,
  options: ReadOptions,
): AsyncGenerator<ReadResponse, void, undefined> {
  const watch = watchOf(call, options);
  const stopListening = onAbort(options.signal, () => call.destroy());
  try {
    watch.start(options.firstMs);
    // The driver's type knows what a call gives, and forgets it for iteration.
    for await (const response of call as AsyncIterable<ReadResponse>) {
      watch.stop();
      yield response;
      watch.start();
    }
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
  } finally {
    watch.stop();
    stopListening();
    call.cancel();
  }
}

const onAbort = (signal: AbortSignal | undefined, task: () => void): (() => void) => {
  if (signal?.aborted === true) task();
  signal?.addEventListener('abort', task);
  return () => signal?.removeEventListener('abort', task);
};

/** Ends the call where the server is silent for too long. */
const watchOf = (call: ReadCall, { clock, idleMs, onIdle }: ReadOptions) => {
  let cancel = (): void => undefined;
  let turn = 0;
  const giveUp = (): void => void call.destroy(new StoreUnavailable(`no answer for ${idleMs} ms`));
  const start = (ms = idleMs): void => {
    const mine = (turn += 1);
    cancel = clock.schedule(ms, () => {
      if (onIdle === undefined) giveUp();
      else
        void onIdle().then(
          (isFine) => {
            if (turn !== mine) return;
            if (isFine) start();
            else giveUp();
          },
          () => {
            if (turn === mine) giveUp();
          },
        );
    });
  };
  return {
    start,
    stop: (): void => {
      turn += 1;
      cancel();
    },
  };
};
