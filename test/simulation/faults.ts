import type { Prng } from '../../sdk/simulator/prng.ts';
import type { PortFaults } from '../../sdk/simulator/sites.ts';

/** Where the simulation can go wrong, and how likely it is to once a site is enabled for a run. */
const SITES = {
  'append-reply-lost': 0.1,
  'append-not-applied': 0.1,
  'append-lands-later': 0.08,
  'append-lands-twice': 0.1,
  'append-delayed': 0.15,
  'append-reply-late': 0.05,
  'read-fails': 0.004,
  'delivery-late': 0.15,
  'delivery-in-pieces': 0.5,
  'delivery-repeats': 0.2,
  'delivery-reorders': 0.2,
  'delivery-gap': 0.2,
  'log-fails': 0.003,
  'call-reply-lost': 0.06,
  'poll-reply-returned': 0.5,
  'queue-fails': 0.02,
  'queue-reply-lost': 0.02,
  'keys-fail': 0.02,
  'lease-fails': 0.1,
  'lease-reply-lost': 0.1,
  'snapshot-is-lost': 0.3,
  'snapshot-is-old': 0.3,
  'worker-fails-retryable': 0.25,
  'worker-fails-final': 0.12,
  'worker-loses-answer': 0.1,
  'worker-answers-twice': 0.2,
  'worker-answers-after-deadline': 0.06,
  'worker-answers-after-end': 0.06,
  'worker-never-answers': 0.08,
  'worker-heartbeats': 0.2,
  'worker-connection-dies': 0.1,
  'worker-old-attempt-answers': 0.1,
  'worker-gives-no-attempt': 0.2,
  'worker-comes-late': 0.4,
  'worker-registers-less': 0.3,
  'worker-leaves': 0.15,
  'initiator-comes-late': 0.3,
  'foreign-answer': 0.3,
  'clock-jumps': 0.004,
  'world-crashes': 0.003,
  'world-stalls': 0.003,
  'world-drains': 0.002,
  'world-is-replaced': 0.003,
  'clocks-differ': 0.8,
  'claims-are-lost': 0.5,
  'operator-cancels': 0.25,
  'operator-cancels-with-undo': 0.25,
  'operator-pauses': 0.3,
  'operator-resumes': 0.5,
  'operator-undoes': 0.3,
  'operator-retries': 0.5,
  'operator-skips': 0.3,
  'operator-completes': 0.3,
  'operator-moves-timer': 0.5,
  'operator-fires-timer': 0.4,
  'operator-cancels-timer': 0.3,
  'operator-shifts-timers': 0.3,
  'definition-changes': 0.4,
  'client-starts-at-once': 0.5,
  'client-repeats-key': 0.4,
  'client-reuses-key': 0.2,
} as const;

/** Not drawn, only counted: they follow from several worlds writing at once, and from workers that left. */
const SEEN = ['append-conflict', 'several-worlds', 'task-taken-back'] as const;

export type Site = keyof typeof SITES;
export type FaultCounts = ReadonlyMap<string, number>;
export const allSites: readonly string[] = [...Object.keys(SITES), ...SEEN];

export type Faults = Omit<PortFaults, 'saw'> & {
  readonly saw: (site: (typeof SEEN)[number]) => void;
  /** Whether it goes wrong here and now; counted when it does. */
  readonly hits: (site: Site) => boolean;
  readonly has: (site: Site) => boolean;
  /** From now on nothing goes wrong. */
  readonly stop: () => void;
  readonly counts: FaultCounts;
};

const isSite = (name: string): name is Site => name in SITES;

/** Swarm testing: each run enables a random half of the sites, so that rare combinations are not drowned. */
export const drawFaults = (random: Prng): Faults => {
  const share = random.pick([0, 0.15, 0.3, 0.5]);
  const enabled = new Set(Object.keys(SITES).filter((name) => isSite(name) && random.chance(share)));
  const intensity = random.pick([0.5, 1, 1, 2]);
  const counts = new Map<string, number>();
  const count = (site: string): void => {
    counts.set(site, (counts.get(site) ?? 0) + 1);
  };
  let isStopped = false;
  const has = (site: Site): boolean => !isStopped && enabled.has(site);
  return {
    has,
    hits: (site) => {
      if (!has(site) || !random.chance(SITES[site] * intensity)) return false;
      count(site);
      return true;
    },
    saw: count,
    stop: () => {
      isStopped = true;
    },
    counts,
  };
};

/** Nothing ever goes wrong. */
export const noFaults = (): Faults => ({
  hits: () => false,
  has: () => false,
  saw: () => undefined,
  stop: () => undefined,
  counts: new Map(),
});
