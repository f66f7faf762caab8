import type { Clock } from '../clock/port.ts';

type Beat = {
  readonly _id: string;
  readonly token: number;
  readonly beat: number;
  readonly ttlMs: number;
};

export type WatchedBeats = {
  /** To be called with what was just read. True once it has not changed for its whole length on this clock. */
  readonly isLapsed: (seen: Beat) => boolean;
};

/** What leases looked like when they were last seen to change. */
export const watchedBeats = (clock: Pick<Clock, 'now'>): WatchedBeats => {
  const changes = new Map<string, Beat & { readonly at: number }>();
  return {
    isLapsed: (seen) => {
      const now = clock.now();
      const last = changes.get(seen._id);
      const isSame = last !== undefined && last.token === seen.token && last.beat === seen.beat;
      if (isSame) return now - last.at >= seen.ttlMs;
      changes.set(seen._id, { ...seen, at: now });
      return false;
    },
  };
};
