import type { Clock } from '../clock/port.ts';

/** Says when data may be sent to a client: while it has credit left and reads what it was sent. */
export type Flow = {
  /** True: so many may be sent now, 1 unless given, and their credit is spent. */
  readonly take: (count?: number) => boolean;
  /** How many the credit allows. */
  readonly left: () => number;
  /** True as soon as `take` may succeed; false when the time is over before, or the signal aborts. */
  readonly opens: (signal: AbortSignal, withinMs?: number) => Promise<boolean>;
  readonly grant: (more: number) => void;
  /** The outlet is no longer full. */
  readonly drained: () => void;
};

type Deps = { readonly isFull: () => boolean; readonly clock: Clock };
type Credit = { readonly first: number; /** More is not kept. */ readonly most: number };

/** A credit that is `Infinity` leaves it to the outlet alone. */
export const createFlow = ({ isFull, clock }: Deps, { first, most }: Credit): Flow => {
  let credit = first;
  const waiting = new Set<() => void>();
  const isOpen = (): boolean => credit > 0 && !isFull();
  const look = (): void => {
    if (isOpen()) for (const wake of [...waiting]) wake();
  };
  return {
    take: (count = 1) => {
      if (!isOpen() || credit < count) return false;
      credit -= count;
      return true;
    },
    left: () => credit,
    opens: async (signal, withinMs) => {
      if (!isOpen() && !signal.aborted) await woken({ waiting, clock, signal }, withinMs);
      return isOpen() && !signal.aborted;
    },
    grant: (more) => {
      credit = Math.min(credit + more, most);
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
