import type { Clock } from '../../infra/clock/port.ts';
import type { Redrive } from './letter-index.ts';

type Lane = { readonly perSecond: number; readonly ready: Set<string>; nextAt: number };

type Options = {
  readonly clock: Clock;
  /** Whether one more can be taken now; `go` is to be called when that becomes true. */
  readonly hasRoom: () => boolean;
  /** A letter's time has come. */
  readonly start: (letterId: string) => void;
};

/**
 * Lets letters go, each redrive at its own pace: within any second never more than it says. Redrives take turns.
 */
export const createRedrivePace = ({ clock, hasRoom, start }: Options) => {
  const lanes = createLanes();
  let isStopped = false;
  let cancel = (): void => undefined;
  const go = (): void => {
    cancel();
    while (!isStopped && hasRoom()) {
      const letterId = lanes.take(clock.now());
      if (letterId !== undefined) start(letterId);
      else return wake();
    }
  };
  const wake = (): void => {
    const now = clock.now();
    const at = lanes.nextAt(now);
    if (at !== undefined) cancel = clock.schedule(Math.max(0, Math.ceil(at - now)), go);
  };
  return {
    go,
    /** Adding a letter twice is adding it once. */
    add: (letterId: string, redrive: Redrive): void => {
      lanes.add(letterId, redrive);
      go();
    },
    hold: lanes.hold,
    size: lanes.size,
    stop: (): void => {
      isStopped = true;
      cancel();
    },
  };
};

const createLanes = () => {
  const lanes = new Map<string, Lane>();
  return {
    add: (letterId: string, { id, perSecond }: Redrive): void => {
      const lane = lanes.get(id) ?? { perSecond, ready: new Set(), nextAt: 0 };
      lane.ready.add(letterId);
      lanes.set(id, lane);
    },
    take: (now: number): string | undefined => {
      for (const [id, lane] of lanes) {
        const [letterId] = lane.ready;
        if (letterId === undefined || lane.nextAt > now) continue;
        lane.ready.delete(letterId);
        lane.nextAt = now + 1000 / lane.perSecond;
        // To the end of the line.
        lanes.delete(id);
        lanes.set(id, lane);
        return letterId;
      }
      return undefined;
    },
    /** When there is something to take, undefined with nothing. Forgets idle redrives. */
    nextAt: (now: number): number | undefined => {
      let next: number | undefined;
      for (const [id, { ready, nextAt }] of lanes) {
        if (ready.size > 0) next = Math.min(next ?? nextAt, nextAt);
        else if (nextAt <= now) lanes.delete(id);
      }
      return next;
    },
    /** Nothing of this redrive before then. */
    hold: (redriveId: string, until: number): void => {
      const lane = lanes.get(redriveId);
      if (lane !== undefined) lane.nextAt = Math.max(lane.nextAt, until);
    },
    size: (): number => [...lanes.values()].reduce((sum, { ready }) => sum + ready.size, 0),
  };
};
