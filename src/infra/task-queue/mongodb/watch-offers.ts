import type { Clock } from '../../clock/port.ts';
import { waiters } from '../waiters.ts';

export type WatchedOffers = {
  /** Resolves when a task may be there to take on one of the routes, or when the signal aborts. */
  readonly wait: (routes: readonly string[], signal: AbortSignal) => Promise<void>;
  /** A task came on offer on this route, or there may be more of them. */
  readonly wake: (route: string) => void;
  /** Wakes everybody and looks no more. */
  readonly close: () => void;
};

type Deps = {
  readonly clock: Clock;
  readonly routesOnOffer: (routes: readonly string[]) => Promise<readonly string[]>;
};

const EVERY_MS = 150;
const AFTER_FAILURE_MS = 1000;

/**
 * One look for everybody who waits in this process: at once when somebody begins to wait, then every 150 ms, and none
 * when nobody waits. Each look wakes one per route that has tasks; whoever takes one wakes the next.
 */
export const watchOffers = ({ clock, routesOnOffer }: Deps): WatchedOffers => {
  const waiting = waiters({ countOn: () => 0, afterTurn: setImmediate });
  let isLooking = false;
  let begun = 0;
  let isClosed = false;
  let cancel = (): void => undefined;

  const wakeOnOffer = async (): Promise<number> => {
    try {
      for (const route of await routesOnOffer(waiting.routes())) waiting.wake(route);
      return EVERY_MS;
    } catch {
      // Whoever waits learns of it when the wait is over and the claim fails.
      return AFTER_FAILURE_MS;
    }
  };
  const look = async (): Promise<void> => {
    cancel();
    isLooking = true;
    const before = begun;
    const pauseMs = await wakeOnOffer();
    isLooking = false;
    if (!isClosed && waiting.routes().length > 0)
      cancel = clock.schedule(begun > before && pauseMs === EVERY_MS ? 0 : pauseMs, () => void look());
  };
  return {
    wait: (routes, signal) => {
      const woken = waiting.wait(routes, signal);
      begun += 1;
      if (!isLooking && waiting.routes().length > 0) void look();
      return woken;
    },
    wake: waiting.wake,
    close: () => {
      isClosed = true;
      cancel();
      waiting.wakeAll();
    },
  };
};
