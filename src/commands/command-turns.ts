import type { Clock } from '../infra/clock/port.ts';
import { keyedQueue } from './keyed-queue.ts';
import type { Unavailable } from './result.ts';

// Of the ten seconds in which a call is answered reading takes four at the most.
const LONGEST_MS = 4000;
// … and an append with all its retries five.
const APPEND_WITHIN_MS = 5000;

/**
 * Runs the commands to one stream one after the other. Where a server may keep it waiting (`isShared`), a command has one
 * limit for all it waits for: one whose turn comes later than four seconds is refused as busy, with nothing done, and
 * `isLate` tells the task whether it is too late to begin an append. Both count `from` where the caller has waited for
 * other things before.
 */
export const commandTurns = (clock: Clock, isShared: boolean) => {
  const inTurn = keyedQueue();
  return <Result>(
    stream: string,
    task: (isLate?: () => boolean) => Result,
    from?: number,
  ): Result | Unavailable | Promise<Awaited<Result | Unavailable>> => {
    if (!isShared) return inTurn(stream, task);
    const askedAt = from ?? clock.now();
    const isAfter = (ms: number): boolean => clock.now() - askedAt > ms;
    return inTurn<Result | Unavailable>(stream, () =>
      isAfter(LONGEST_MS)
        ? tookTooLong(`commands to ${stream} before this one take too long`)
        : task(() => isAfter(APPEND_WITHIN_MS)),
    );
  };
};

/** Nothing was done of it. */
export const tookTooLong = (detail: string): Unavailable => ({ kind: 'unavailable', code: 'busy', detail });
