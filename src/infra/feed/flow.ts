import type { Clock } from '../clock/port.ts';
import { CREDIT } from './frames.ts';

/** Says when data may be sent to a client: while it has credit left and reads what it was sent. */
export type Flow = {
  /** True: one data frame may be sent now, and its credit is spent. */
  readonly take: () => boolean;
  /** True as soon as `take` may succeed; false when the time is over before, or the signal aborts. */
  readonly opens: (signal: AbortSignal, withinMs?: number) => Promise<boolean>;
  readonly grant: (events: number) => void;
  /** The outlet is no longer full. */
  readonly drained: () => void;
};

type Deps = { readonly isFull: () => boolean; readonly clock: Clock };

/** `credit` is in data frames; `Infinity` leaves it to the outlet alone. */
export const createFlow = ({ isFull, clock }: Deps, initialCredit: number): Flow => {
  let credit = initialCredit;
  const waiting = new Set<() => void>();
  const isOpen = (): boolean => credit > 0 && !isFull();
  const look = (): void => {
    if (isOpen()) for (const wake of [...waiting]) wake();
  };
  return {
    take: () => {
      if (!isOpen()) return false;
      credit -= 1;
      return true;
    },
    opens: async (signal, withinMs) => {
      if (!isOpen() && !signal.aborted) await woken({ waiting, clock, signal }, withinMs);
      return isOpen() && !signal.aborted;
    },
    grant: (events) => {
      credit = Math.min(credit + events, CREDIT.max);
      look();
    },
    drained: look,
  };
};

type Waiting = {
  readonly waiting: Set<() => void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

const woken = ({ waiting, clock, signal }: Waiting, withinMs: number | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      waiting.delete(done);
      signal.removeEventListener('abort', done);
      cancel?.();
      resolve();
    };
    const cancel = withinMs === undefined ? undefined : clock.schedule(withinMs, done);
    waiting.add(done);
    signal.addEventListener('abort', done);
  });
