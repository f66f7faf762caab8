import { pause } from '../../infra/clock/port.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { Asking } from './erase-instances.ts';

export type StuckDeps = {
  readonly clock: Clock;
  readonly onUnreadable: (stream: string, error: unknown) => void;
  readonly onStuckCount: (count: number) => void;
  /** How many are remembered; those beyond are only counted. */
  readonly mostStuck?: number;
};

const ROUND_MS = 60_000;
/** An hour: what could not be read for long is not about to be mended. */
const LONGEST_PAUSE_ROUNDS = 60;
/** A kilobyte each, at the most. */
const MOST = 10_000;

type Erase = (events: readonly Asking[]) => Promise<void>;
type Stuck = {
  readonly event: Asking;
  readonly failures: number;
  readonly triedAt: number;
  readonly dueAt: number;
};

/** Events whose erasure waits until what they are about can be read. */
export const stuckErasures = ({ clock, onUnreadable, onStuckCount, mostStuck = MOST }: StuckDeps) => {
  const remembered = rememberedOnes(mostStuck);
  let beyond = 0;
  const told = (): void => onStuckCount(remembered.size() + beyond);
  const tryDue = async (erase: Erase, signal: AbortSignal): Promise<void> => {
    for (let due = remembered.due(); due.length > 0 && !signal.aborted; due = remembered.due()) {
      await erase(due.map(({ event }) => event));
      const done = remembered.tried(due);
      told();
      if (done === 0) return;
      // What has mended one may have mended the others: none of them waits for its own pause.
      remembered.wake();
    }
  };
  const hasRoom = (): boolean => remembered.size() <= mostStuck / 2;
  const isLogNext = (): boolean => beyond > 0 && (hasRoom() || remembered.rounds() >= LONGEST_PAUSE_ROUNDS);
  return {
    isEmpty: (): boolean => remembered.size() + beyond === 0,
    add: (event: Asking, error: unknown): void => {
      const isKnown = remembered.has(event);
      if (!isKnown) onUnreadable(event.stream, error);
      if (isKnown || remembered.size() < mostStuck) remembered.add(event);
      else beyond += 1;
      told();
    },
    /**
     * Tries them again every minute, the one tried longest ago first, each after a pause that doubles with its failures, or
     * once another could be read again, until the signal aborts, or the log is to be asked for those that are only counted:
     * there is room for them, or an hour is over. @throws what erasing throws.
     */
    tryAgain: async (erase: Erase, signal: AbortSignal): Promise<void> => {
      while (!signal.aborted && !isLogNext()) {
        await pause(clock, ROUND_MS, signal);
        remembered.nextRound();
        await tryDue(erase, signal);
      }
    },
  };
};

const rememberedOnes = (most: number) => {
  // Each may have to read a stream and its letters; and however many there are, each has its turn within the longest pause.
  const atOnce = Math.ceil(most / LONGEST_PAUSE_ROUNDS);
  const stuck = new Map<string, Stuck>();
  let round = 0;
  return {
    size: (): number => stuck.size,
    has: ({ eventId }: Asking): boolean => stuck.has(eventId),
    /** It could not be read, once more. */
    add: (event: Asking): void => {
      const { eventId } = event;
      const failures = (stuck.get(eventId)?.failures ?? 0) + 1;
      const rounds = Math.min(2 ** (failures - 1), LONGEST_PAUSE_ROUNDS);
      // Behind those that were not tried again yet.
      stuck.delete(eventId);
      stuck.set(eventId, { event, failures, triedAt: round, dueAt: round + rounds });
    },
    /** Those that were not tried in this round are due in it. */
    wake: (): void => {
      for (const [eventId, one] of stuck)
        if (one.triedAt < round && one.dueAt > round) stuck.set(eventId, { ...one, dueAt: round });
    },
    nextRound: (): void => void (round += 1),
    rounds: (): number => round,
    due: (): readonly Stuck[] => [...stuck.values()].filter(({ dueAt }) => dueAt <= round).slice(0, atOnce),
    /** Forgets those that were not added again meanwhile. @returns how many they are */
    tried: (due: readonly Stuck[]): number => {
      const done = due.filter((one) => stuck.get(one.event.eventId) === one);
      for (const { event } of done) stuck.delete(event.eventId);
      return done.length;
    },
  };
};
