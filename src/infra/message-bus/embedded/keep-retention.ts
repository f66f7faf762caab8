import type { Clock } from '../../clock/port.ts';
import type { BusCalls } from './calls.ts';

const EVERY_MS = 30_000;

/** Deletes what topics no longer keep, little by little, until it is stopped. */
export const keepRetention = (calls: Pick<BusCalls, 'expire'>, clock: Clock) => {
  let cancel = (): void => undefined;
  let isStopped = false;
  const again = (delayMs: number): void => {
    if (!isStopped) cancel = clock.schedule(delayMs, () => void sweep());
  };
  const sweep = async (): Promise<void> => {
    try {
      again((await calls.expire(clock.now())) ? 0 : EVERY_MS);
    } catch {
      // A full disk or another writer: the next sweep takes it. A dead thread tells its owner itself.
      again(EVERY_MS);
    }
  };
  again(EVERY_MS);
  return {
    stop: (): void => {
      isStopped = true;
      cancel();
    },
  };
};
