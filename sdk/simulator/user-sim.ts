import { setMaxListeners } from 'node:events';
import type { SimulatedFault } from '../src/simulate/types.ts';
import { MOST_MS, pause } from '../src/system.ts';
import { createCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { simulatedLog } from './log.ts';
import { prng } from './prng.ts';
import type { Prng } from './prng.ts';
import { createScheduler, drained } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';
import { createEffects } from './user-effects.ts';
import { createLulls } from './user-lulls.ts';
import { drawUserFaults } from './user-faults.ts';
import type { UserFaults } from './user-faults.ts';
import { createRuns } from './user-runs.ts';

/** What people's own workers have around them. */
export type UserSim = {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: UserFaults;
  readonly cluster: Cluster;
  readonly effects: ReturnType<typeof createEffects>;
  readonly runs: ReturnType<typeof createRuns>;
  readonly lulls: ReturnType<typeof createLulls>;
  readonly never: AbortSignal;
  readonly note: (line: string) => void;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Runs something nobody waits for; what it throws fails the simulation. */
  readonly run: (task: () => Promise<void>) => void;
  /** Nothing else moves until it has ended. @throws where that takes too long by the clock on the wall. */
  readonly whileTimeStands: <Value>(what: string, work: Promise<Value>) => Promise<Value>;
  /** Resolves when nothing moves but at the next step. */
  readonly settled: () => Promise<void>;
  /** How many tasks nobody waits for are still under way. */
  readonly busy: () => number;
  readonly failure: () => { readonly error: unknown } | undefined;
};

const LEASE_MS = 30_000;
const settings = {
  leaseMs: LEASE_MS,
  leaseCheckMs: 5000,
  sweepMs: 60_000,
  pace: { batch: 50, intervalMs: 100 },
};

type Given = { readonly faults: readonly SimulatedFault[]; readonly handlerMs: number };

/** Everything that one seed decides, before anything has happened. */
export const createUserSim = (
  seed: number,
  { faults: allowed, handlerMs }: Given,
  note: (line: string) => void,
): UserSim => {
  const random = prng(seed);
  const faults = drawUserFaults(random, allowed);
  const scheduler = createScheduler((items) => random.below(items.length), note);
  const log = simulatedLog(scheduler.now);
  const runs = createRuns();
  const sleepers = createSleepers(scheduler);
  const lulls = createLulls(scheduler, [runs.nextDue, sleepers.nextDue]);
  let busy = 0;
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
  };
  log.onWrite((events) => {
    for (const { stream, revision, type } of events) note(`  ${stream} ${revision} ${type}`);
    runs.note(events);
    lulls.end();
  });
  const shared = random.chance(0.5) ? { reactors: [true, true], leaseMs: 15_000 } : null;
  const cluster = createCluster(
    { scheduler, random, faults: faults.ports, log, fail },
    { shared, settings, cacheBytes: 1_000_000, keepsClaims: true, behindMs: 0, mutation: {} },
  );
  return {
    ...{ scheduler, random, faults, cluster, runs, lulls, note, sleep: sleepers.sleep },
    effects: createEffects(),
    never: neverAborted(),
    run: (task) => {
      busy += 1;
      task().then(() => (busy -= 1), fail);
    },
    ...createPatience(handlerMs),
    busy: () => busy,
    failure: () => failure,
  };
};

/** Workers and callers that let time go by. */
const createSleepers = (scheduler: Scheduler) => {
  const ends = new Set<{ readonly at: number }>();
  return {
    sleep: async (delayMs: number): Promise<void> => {
      const ms = Math.max(0, delayMs);
      const end = { at: scheduler.now() + ms };
      ends.add(end);
      await scheduler.sleep('outside', ms);
      ends.delete(end);
    },
    nextDue: (): number => Math.min(...[...ends].map(({ at }) => at)),
  };
};

const neverAborted = (): AbortSignal => {
  const { signal } = new AbortController();
  // Node 20 warns of a leak where many wait for one signal, as all polls do here.
  setMaxListeners(0, signal);
  return signal;
};

/** For work that takes time of its own, which a simulation does not have. */
const createPatience = (mostMs: number): Pick<UserSim, 'whileTimeStands' | 'settled'> => {
  const held: Promise<unknown>[] = [];
  return {
    whileTimeStands: (what, work) => {
      const limited = inTime(mostMs, what, work);
      held.push(limited.catch(() => undefined));
      return limited;
    },
    settled: async () => {
      await drained();
      while (held.length > 0) {
        await Promise.all(held.splice(0));
        await drained();
      }
    },
  };
};

const inTime = async <Value>(mostMs: number, what: string, work: Promise<Value>): Promise<Value> => {
  const over = new AbortController();
  const late = pause(Math.min(mostMs, MOST_MS), over.signal).then(() => {
    throw new Error(`${what} has not ended within ${mostMs} ms (handlerMs)`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
};
