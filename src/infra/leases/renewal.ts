import type { Clock } from '../clock/port.ts';
import type { Lease, Leases } from './port.ts';

/** Why work was told to stop although nobody asked for it. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export type Renewal = {
  /** Aborts, with a LeaseLost, when a renewal is refused or none has succeeded for two thirds of the lease. */
  readonly lost: AbortSignal;
  readonly stop: () => void;
};

type Deps = {
  readonly leases: Pick<Leases, 'renew'>;
  readonly clock: Clock;
  readonly ttlMs: number;
  readonly onTrouble: (error: unknown) => void;
};

/**
 * Renews every third of the lease, sooner after a failure. Time counts from when the call that took or renewed the
 * lease was made, not from its answer: others may have begun to count as early as that.
 */
export const keepRenewed = (
  { leases, clock, ttlMs, onTrouble }: Deps,
  { lease, askedAt }: { readonly lease: Lease; readonly askedAt: number },
): Renewal => {
  const lost = new AbortController();
  const timers = twoTimers(clock);

  const lose = (why: string): void => {
    if (timers.isOver()) return;
    timers.stop();
    const error = new LeaseLost(`lease ${lease.name}, token ${lease.token}: ${why}`);
    onTrouble(error);
    lost.abort(error);
  };
  const tooLong = (): void => {
    lose('no renewal has succeeded for two thirds of its length');
  };
  const goodSince = (time: number): void => {
    const alarmAt = time + (ttlMs * 2) / 3;
    timers.set('beat', time + ttlMs / 3, () => void beat());
    if (clock.now() < alarmAt) timers.set('alarm', alarmAt, tooLong);
    else tooLong();
  };
  const beat = async (): Promise<void> => {
    const asked = clock.now();
    try {
      if (await leases.renew(lease)) goodSince(asked);
      else lose('somebody else has taken it');
    } catch (error) {
      if (!timers.isOver()) onTrouble(error);
      timers.set('beat', clock.now() + ttlMs / 12, () => void beat());
    }
  };
  goodSince(askedAt);
  return { lost: lost.signal, stop: timers.stop };
};

/** Each at most once under way; none once they are stopped. */
const twoTimers = (clock: Clock) => {
  const cancels = new Map<'beat' | 'alarm', () => void>();
  let isOver = false;
  return {
    set: (name: 'beat' | 'alarm', time: number, task: () => void): void => {
      cancels.get(name)?.();
      if (!isOver) cancels.set(name, clock.schedule(Math.max(0, time - clock.now()), task));
    },
    isOver: (): boolean => isOver,
    stop: (): void => {
      isOver = true;
      for (const cancel of cancels.values()) cancel();
    },
  };
};
