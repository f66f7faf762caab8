import type { SimulatedFault } from '../src/simulate/types.ts';
import type { Prng } from './prng.ts';
import type { PortFaults, PortSite } from './sites.ts';

/** How likely each is, per chance that it has, once a seed has drawn it. */
const LIKELY: Readonly<Record<SimulatedFault, number>> = {
  'step-fails': 0.2,
  'step-fails-for-good': 0.1,
  'step-fails-late': 0.15,
  'worker-dies': 0.15,
  'answer-lost': 0.15,
  'answer-twice': 0.3,
  'answer-late': 0.1,
  'server-crashes': 0.01,
  'server-stalls': 0.01,
  'server-silent': 0.1,
  'log-unsure': 0.1,
};

const SITES: Readonly<Partial<Record<PortSite, SimulatedFault>>> = {
  'append-reply-lost': 'log-unsure',
  'append-not-applied': 'log-unsure',
  'append-lands-later': 'log-unsure',
  'append-lands-twice': 'log-unsure',
  'call-reply-lost': 'server-silent',
};

export const isFault = (name: string): name is SimulatedFault => Object.hasOwn(LIKELY, name);
export const allFaults: readonly SimulatedFault[] = Object.keys(LIKELY).filter(isFault);

export type UserFaults = {
  /** Whether it goes wrong here and now; counted when it does. */
  readonly hits: (fault: SimulatedFault) => boolean;
  /** The same faults, by the sites of the ports that they show at. */
  readonly ports: PortFaults;
  readonly stop: () => void;
  readonly counts: () => Readonly<Partial<Record<SimulatedFault, number>>>;
};

/** A random half of those that are allowed, so that rare combinations are not drowned. */
export const drawUserFaults = (random: Prng, allowed: readonly SimulatedFault[]): UserFaults => {
  const enabled = new Set(random.some(allowed));
  const counts = new Map<SimulatedFault, number>();
  const hits = (fault: SimulatedFault): boolean => {
    if (!enabled.has(fault) || !random.chance(LIKELY[fault])) return false;
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    return true;
  };
  const hitsSite = (site: PortSite): boolean => {
    const fault = SITES[site];
    return fault !== undefined && hits(fault);
  };
  return {
    hits,
    ports: { hits: hitsSite, saw: () => undefined },
    stop: () => {
      enabled.clear();
    },
    counts: () => Object.fromEntries(counts),
  };
};
