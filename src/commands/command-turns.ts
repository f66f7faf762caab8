import type { Clock } from '../infra/clock/port.ts';
import { keyedQueue } from './keyed-queue.ts';
import type { Unavailable } from './result.ts';

// Of the ten seconds in which a call is answered reading and writing take their part.
const LONGEST_MS = 4000;

/**
 * Runs the commands to one stream one after the other. Where a server may keep those before it waiting (`isShared`), one
 * whose turn comes later than four seconds is refused as busy, with nothing done.
 */
export const commandTurns = (clock: Clock, isShared: boolean) => {
  const inTurn = keyedQueue();
  return <Result>(
    stream: string,
    task: () => Result,
  ): Result | Unavailable | Promise<Awaited<Result | Unavailable>> => {
    if (!isShared) return inTurn(stream, task);
    const askedAt = clock.now();
    return inTurn<Result | Unavailable>(stream, () =>
      clock.now() - askedAt > LONGEST_MS ? waitedTooLong(stream) : task(),
    );
  };
};

const waitedTooLong = (stream: string): Unavailable => ({
  kind: 'unavailable',
  code: 'busy',
  detail: `commands to ${stream} before this one take too long`,
});
