import type { Clock } from '../../clock/port.ts';
import type { Consumer } from '../../message-bus/port.ts';
import { untilDone } from '../until-done.ts';

/** The consumer crashes again and again without getting any further: this process is of no use to its group. */
export class ConsumerStuck extends Error {
  override readonly name = 'ConsumerStuck';
  constructor(cause: unknown) {
    super('the consumer crashes without making progress', { cause });
  }
}

type Use = {
  readonly open: (onFatal: (error: unknown) => void) => Promise<Consumer>;
  /** What goes on beside it, until the signal aborts. */
  readonly during: (consumer: Consumer, over: AbortSignal) => Promise<void>;
};

/** Keeps a consumer open until the signal aborts, and stops it however that ends. @throws ConsumerStuck */
export const withConsumer = async (
  deps: { readonly clock: Clock; readonly onTrouble: (error: unknown) => void },
  { open, during }: Use,
  signal: AbortSignal,
): Promise<void> => {
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const fatal: { error?: unknown } = {};
  const onFatal = (error: unknown): void => {
    fatal.error = error;
    failed.abort('fatal');
  };
  const consumer = await untilDone({ ...deps, signal: over }, () => open(onFatal));
  if (consumer !== undefined) {
    try {
      await during(consumer, over);
    } finally {
      await consumer.stop();
    }
  }
  if ('error' in fatal) throw new ConsumerStuck(fatal.error);
};

/** Resolves when the signal aborts. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
