import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';
import type { Clock, Ids, Random } from './port.ts';

// Node fires a longer timer at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's clock, read once at start and monotonic from there: setting the wall clock changes nothing
 * until the process restarts. A task never runs before `now()` has advanced by its delay.
 */
export const systemClock = (): Clock => {
  const { timeOrigin } = performance;
  let last = 0;
  const now = (): number => {
    last = Math.max(last, Math.floor(timeOrigin + performance.now()));
    return last;
  };
  return { now, schedule };
};

/**
 * The machine's clock as it is set now. For times that others wrote by theirs: the steady clock stays behind by as long as
 * the machine slept.
 */
export const wallClock = (): Pick<Clock, 'now'> => ({ now: () => Date.now() });

export const systemRandom = (): Random => ({ next: () => Math.random() });

/** Ids made in one process sort in the order they were made. */
export const systemIds = (): Ids => {
  let msecs = 0;
  let seq = 0;
  const random = randomBytesOf(ID_BYTES);
  return {
    next: () => {
      const bytes = random();
      const now = Date.now();
      const isLater = now > msecs;
      // Behind the first of a millisecond the others count on: RFC 9562, section 6.2, method 1.
      seq = isLater ? bytes.readUInt32BE(0) >>> 2 : seq + 1;
      msecs = Math.max(msecs, now);
      return v7({ random: bytes, msecs, seq });
    },
  };
};

const ID_BYTES = 16;
const DRAWN_AT_ONCE = 256;

/** Random bytes, some at a time. Drawn in bulk: each draw is a call into the system's generator. */
const randomBytesOf = (count: number): (() => Buffer) => {
  const drawn = Buffer.alloc(count * DRAWN_AT_ONCE);
  let used = drawn.length;
  return () => {
    if (used === drawn.length) {
      randomFillSync(drawn);
      used = 0;
    }
    used += count;
    return drawn.subarray(used - count, used);
  };
};

const schedule = (delayMs: number, task: () => void): (() => void) => {
  const due = performance.now() + delayMs;
  let timer: NodeJS.Timeout | undefined;
  const arm = (): void => {
    const leftMs = Math.max(0, Math.ceil(due - performance.now()));
    timer = setTimeout(fire, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  // A timer may fire a fraction of a millisecond early, and a long delay takes several timers.
  const fire = (): void => {
    if (performance.now() < due) arm();
    else task();
  };
  arm();
  return () => {
    clearTimeout(timer);
  };
};
