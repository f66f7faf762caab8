import { v7 } from 'uuid';
import type { Clock } from '../../src/infra/clock/port.ts';
import { simulatedKeys } from './keys.ts';
import { simulatedLeases } from './leases.ts';
import type { SimulatedLog } from './log.ts';
import type { Prng } from './prng.ts';
import { queueThrough, realQueue, simulatedJournal } from './queue.ts';
import type { Scheduler } from './scheduler.ts';
import type { PortFaults } from './sites.ts';
import { simulatedSnapshots } from './snapshots.ts';
import { simulatedStore } from './store.ts';
import { reliable, unreliable } from './unreliable.ts';
import { faultyWay } from './way.ts';
import type { Ports } from './world.ts';

export type Surroundings = {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: PortFaults;
  readonly log: SimulatedLog;
  /** The run has failed: something happened that must not happen. */
  readonly fail: (error: unknown) => void;
};

type Options = {
  /** Several processes share everything, as on servers; else one has its queue in memory and all else in files. */
  readonly isShared: boolean;
  /** Claims outlive a process that has the queue in memory. */
  readonly keepsClaims: boolean;
};

/** What outlives every process. */
export const createStores = (around: Surroundings, { isShared, keepsClaims }: Options) => {
  const { scheduler, random, faults, log } = around;
  const keys = simulatedKeys();
  const leases = simulatedLeases();
  const snapshots = simulatedSnapshots(faults);
  const journal = keepsClaims ? simulatedJournal() : null;
  const sharedQueue = isShared ? realQueue(scheduler, null) : null;
  const nextId = idsOf(around);

  /** The ports of one process whose clock is `behindMs` behind. */
  const portsOf = (owner: string, behindMs: number): Ports => {
    const sure = reliable(scheduler, owner);
    const toServer = (sites: Parameters<typeof unreliable>[3]) =>
      isShared ? unreliable(scheduler, owner, faults, sites) : sure;
    const clock: Clock = {
      now: () => scheduler.now() - behindMs,
      schedule: (delayMs, task) => scheduler.after(owner, 'a timer fires', delayMs, task),
    };
    const toQueue = toServer({ fails: 'queue-fails', replyLost: 'queue-reply-lost' });
    return {
      store: simulatedStore(log, faultyWay(around, owner)),
      keys: keys.through(toServer({ fails: 'keys-fail' })),
      queue: queueThrough(
        scheduler,
        owner,
        toQueue,
        sharedQueue ?? realQueue(scheduler, journal?.() ?? null),
      ),
      leases: leases.through(toServer({ fails: 'lease-fails', replyLost: 'lease-reply-lost' }), clock),
      snapshots: snapshots.through(sure),
      ...{ clock, random, ids: { next: nextId } },
    };
  };
  return { portsOf, knowsClaims: isShared || keepsClaims };
};

const idsOf = ({ scheduler, random }: Surroundings): (() => string) => {
  let seq = 0;
  return () => {
    seq += 1;
    const bytes = Uint8Array.from({ length: 16 }, () => random.below(256));
    return v7({ msecs: scheduler.now(), seq, random: bytes });
  };
};
