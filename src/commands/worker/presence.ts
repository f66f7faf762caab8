import { LRUCache } from 'lru-cache';
import type { Liveness } from '../../domain/liveness.ts';
import { isBack } from '../../domain/worker/judge.ts';
import type { Signs } from '../../domain/worker/judge.ts';
import type { WorkerState } from '../../domain/worker/state.ts';
import type { Clock } from '../../infra/clock/port.ts';
import { latestSigns } from '../../infra/presence/port.ts';
import type { HeardSigns, OthersSigns } from '../../infra/presence/port.ts';

const MAX_SERVICES = 10_000;

type Heard = {
  polledAt: number;
  openPolls: number;
  heartbeatAt: number;
  claimedAt: number;
  workedAt: number;
  busyUntil: number;
};

/**
 * When each service was last heard of, here and, by `others`, in other processes. In memory only: none of it is ever an
 * event, and after a restart it is empty. Holds the 10,000 services heard of last.
 */
export const createPresence = (clock: Clock, others: OthersSigns = () => undefined) => {
  const services = new LRUCache<string, Heard>({ max: MAX_SERVICES });
  const recorded = new Map<string, WorkerState>();
  const heardOf = (service: string): Heard => {
    const heard = services.get(service) ?? { ...NEVER };
    services.set(service, heard);
    return heard;
  };
  const everywhere = (service: string): HeardSigns | undefined => {
    const here = services.peek(service);
    const elsewhere = others(service);
    if (here === undefined) return elsewhere;
    const signs = signsIn(clock, here);
    return elsewhere === undefined ? signs : latestSigns(signs, elsewhere);
  };
  return {
    ...signsOfLife(clock, heardOf),
    signsOf: (service: string): Signs => everywhere(service) ?? NEVER,
    isHeard: (service: string): boolean => everywhere(service) !== undefined,
    /** What this process itself has heard, service by service. */
    heardHere: (): readonly (readonly [service: string, signs: HeardSigns])[] =>
      [...services.entries()].map(([service, heard]) => [service, signsIn(clock, heard)]),
    /** What the log says of a service, undefined before it was looked up. */
    recordedOf: (service: string): WorkerState | undefined => recorded.get(service),
    record: (service: string, state: WorkerState): void => void recorded.set(service, state),
    livenessOf: (service: string): Liveness => {
      const heard = everywhere(service);
      const signs = heard ?? NEVER;
      return {
        state: stateOf(heard !== undefined, recorded.get(service), signs),
        lastPollAt: timeText(signs.polledAt),
        lastHeartbeatAt: timeText(signs.heartbeatAt),
        lastClaimAt: timeText(signs.claimedAt),
      };
    },
  };
};
export type Presence = ReturnType<typeof createPresence>;

const signsOfLife = (clock: Clock, heardOf: (service: string) => Heard) => ({
  /** A poll has begun; the returned function ends it. In between the service counts as polling. */
  polling: (service: string): (() => void) => pollBegun(clock, heardOf(service)),
  heartbeat: (service: string): void => {
    heardOf(service).heartbeatAt = clock.now();
  },
  /** It took tasks and holds them until then, in milliseconds since the epoch, unless it extends the lease. */
  claimed: (service: string, leaseUntil: number): void => {
    const heard = heardOf(service);
    heard.claimedAt = clock.now();
    worked(clock, heard, leaseUntil);
  },
  /** It extended the lease of a task it holds: also a heartbeat. */
  extended: (service: string, leaseUntil: number): void => {
    const heard = heardOf(service);
    heard.heartbeatAt = clock.now();
    worked(clock, heard, leaseUntil);
  },
});

const signsIn = (clock: Clock, { openPolls, ...heard }: Heard): HeardSigns => ({
  ...heard,
  polledAt: openPolls > 0 ? clock.now() : heard.polledAt,
});

const NEVER: Heard = { polledAt: 0, openPolls: 0, heartbeatAt: 0, claimedAt: 0, workedAt: 0, busyUntil: 0 };

const pollBegun = (clock: Clock, heard: Heard): (() => void) => {
  heard.openPolls += 1;
  heard.polledAt = clock.now();
  return () => {
    heard.openPolls -= 1;
    heard.polledAt = clock.now();
  };
};

const worked = (clock: Clock, heard: Heard, leaseUntil: number): void => {
  heard.workedAt = clock.now();
  heard.busyUntil = Math.max(heard.busyUntil, leaseUntil);
};

const stateOf = (isHeard: boolean, recorded: WorkerState | undefined, signs: Signs): Liveness['state'] => {
  if (recorded !== undefined && recorded.status !== 'live' && !isBack(recorded, signs))
    return recorded.status;
  return isHeard ? 'live' : 'unseen';
};

const timeText = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());
