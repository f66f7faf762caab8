import type { Clock } from '../../clock/port.ts';
import type { BusCalls } from './calls.ts';
import { repeatedly } from './repeatedly.ts';

// Another process may publish at any time and cannot call.
const EVERY_MS = 100;

/** Looks for what comes from elsewhere, for all consumers of a bus together, until it is stopped. */
export const watchOthers = (calls: Pick<BusCalls, 'look'>, clock: Clock, wake: () => void) => {
  let last: number | undefined;
  return repeatedly(clock, EVERY_MS, async () => {
    // Where it cannot be told, the consumers find out why.
    const state = await calls.look().catch(() => undefined);
    if (state === undefined || state !== last) wake();
    last = state;
    return EVERY_MS;
  });
};
