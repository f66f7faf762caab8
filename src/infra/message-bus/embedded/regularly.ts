import type { Clock } from '../../clock/port.ts';
import type { BusCalls } from './calls.ts';

const EXPIRE_MS = 30_000;
// Another process may publish at any time and cannot call.
const LOOK_MS = 100;

type Stoppable = { readonly stop: () => void };

/** Deletes what topics no longer keep, little by little, until it is stopped. */
export const keepRetention = (calls: Pick<BusCalls, 'expire'>, clock: Clock): Stoppable =>
  repeatedly(clock, EXPIRE_MS, async () => {
    try {
      return (await calls.expire(clock.now())) ? 0 : EXPIRE_MS;
    } catch {
      // A full disk or another writer: the next sweep takes it. A dead thread tells its owner itself.
      return EXPIRE_MS;
    }
  });

/** Looks for what comes from elsewhere, for all consumers of a bus together, until it is stopped. */
export const watchOthers = (calls: Pick<BusCalls, 'look'>, clock: Clock, wake: () => void): Stoppable => {
  let last: number | undefined;
  return repeatedly(clock, LOOK_MS, async () => {
    // Where it cannot be told, the consumers find out why.
    const state = await calls.look().catch(() => undefined);
    if (state === undefined || state !== last) wake();
    last = state;
    return LOOK_MS;
  });
};

/** First after `firstMs`, then each time after as many milliseconds as it said the time before. `work` must not reject. */
const repeatedly = (clock: Clock, firstMs: number, work: () => Promise<number>): Stoppable => {
  let cancel = (): void => undefined;
  let isStopped = false;
  const again = (delayMs: number): void => {
    if (!isStopped) cancel = clock.schedule(delayMs, () => void work().then(again));
  };
  again(firstMs);
  return {
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
};
