/** A value that is there already, or will be. */
export type Soon<Value> = Value | Promise<Value>;

/** Time as the engine sees it. A steady clock: it never goes back and ignores wall-clock jumps while running. */
export type Clock = {
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Runs `task` once after `delayMs` (≥ 0); the returned function cancels it. `task` must not throw. */
  readonly schedule: (delayMs: number, task: () => void) => () => void;
};

export type Random = {
  /** Uniform in [0, 1). */
  readonly next: () => number;
};

export type Ids = {
  /** A new UUIDv7, lower case. */
  readonly next: () => string;
};

/** Resolves after a while, or as soon as the signal aborts. Never rejects. */
export const pause = (clock: Pick<Clock, 'schedule'>, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.schedule(ms, done);
    signal?.addEventListener('abort', done);
  });

/** What comes within so many milliseconds (≥ 0); undefined after that. @throws what `coming` rejects with in time */
export const unlessLate = <Value>(
  clock: Pick<Clock, 'schedule'>,
  ms: number,
  coming: Promise<Value>,
): Promise<Value | undefined> =>
  new Promise((resolve, reject) => {
    const stop = clock.schedule(ms, () => {
      resolve(undefined);
    });
    void coming.finally(stop).then(resolve, reject);
  });

/** What does so many things at a time: the others wait, in the order they came. */
export const turnsOf = (most: number, clock: Pick<Clock, 'schedule'>) => {
  const waiting = new Set<() => void>();
  let free = most;
  return {
    waiting: (): number => waiting.size,
    /** False where it did not come within so many milliseconds (≥ 0): then there is nothing to give back. */
    take: (withinMs: number): Promise<boolean> => {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const settle = (isMine: boolean): void => {
          cancel();
          waiting.delete(begin);
          resolve(isMine);
        };
        const begin = (): void => {
          settle(true);
        };
        const cancel = clock.schedule(withinMs, () => {
          settle(false);
        });
        waiting.add(begin);
      });
    },
    /** It goes to whoever waited longest. */
    giveBack: (): void => {
      const [begin] = waiting;
      if (begin === undefined) free += 1;
      else begin();
    },
  };
};

const FIRST_RETRY_MS = 200;
// Whoever waits for this has waits of its own: together they must be over shortly after the other side is back (ADR 25).
const LONGEST_RETRY_MS = 2000;

/** How long whoever waits for the bus rests before the next attempt; doubles with each failure in a row, from 0.2 s to 2 s. */
export const retryPauseMs = (failures: number): number =>
  Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16));
