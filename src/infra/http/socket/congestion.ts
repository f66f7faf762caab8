import type { Clock } from '../../clock/port.ts';

const STUCK_MS = 60_000;

/** Follows whether a client reads what it is sent. */
export type Congestion = {
  readonly isFull: () => boolean;
  /** To be called after every write and every flush, with the answer of `isFullNow`. */
  readonly note: (isFullNow: boolean) => void;
  readonly end: () => void;
};

type Callbacks = { readonly onRelief: () => void; readonly onStuck: () => void };

/** `onStuck` is called when the way out stays full for 60 s. */
export const createCongestion = (clock: Clock, { onRelief, onStuck }: Callbacks): Congestion => {
  let stopTimer: (() => void) | undefined;
  const end = (): void => {
    stopTimer?.();
    stopTimer = undefined;
  };
  return {
    isFull: () => stopTimer !== undefined,
    note: (isFullNow) => {
      if (isFullNow) {
        stopTimer ??= clock.schedule(STUCK_MS, onStuck);
      } else if (stopTimer !== undefined) {
        end();
        onRelief();
      }
    },
    end,
  };
};
