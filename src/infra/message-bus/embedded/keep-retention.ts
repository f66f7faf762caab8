import type { Clock } from '../../clock/port.ts';
import type { BusCalls } from './calls.ts';
import { repeatedly } from './repeatedly.ts';

const EVERY_MS = 30_000;

/** Deletes what topics no longer keep, little by little, until it is stopped. */
export const keepRetention = (calls: Pick<BusCalls, 'expire'>, clock: Clock) =>
  repeatedly(clock, EVERY_MS, async () => {
    try {
      return (await calls.expire(clock.now())) ? 0 : EVERY_MS;
    } catch {
      // A full disk or another writer: the next sweep takes it. A dead thread tells its owner itself.
      return EVERY_MS;
    }
  });
