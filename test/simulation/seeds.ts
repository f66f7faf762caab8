import { simulate } from './simulate.ts';

export type Range = { readonly first: number; readonly count: number };

/** What became of a range of seeds, up to the first one that failed. */
export type Totals = {
  readonly seeds: number;
  readonly events: number;
  readonly steps: number;
  /** How often each fault happened, and how many seeds reached each state. */
  readonly faults: ReadonlyMap<string, number>;
  readonly states: ReadonlyMap<string, number>;
  readonly failed: { readonly seed: number; readonly violation: string } | null;
};

export const nothing: Totals = {
  seeds: 0,
  events: 0,
  steps: 0,
  faults: new Map(),
  states: new Map(),
  failed: null,
};

export const sumOf = (one: Totals, other: Totals): Totals => ({
  seeds: one.seeds + other.seeds,
  events: one.events + other.events,
  steps: one.steps + other.steps,
  faults: counted(one.faults, other.faults),
  states: counted(one.states, other.states),
  failed: one.failed ?? other.failed,
});

const counted = (
  one: ReadonlyMap<string, number>,
  other: Iterable<readonly [string, number]>,
): ReadonlyMap<string, number> => {
  const sums = new Map(one);
  for (const [name, count] of other) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
};

export const runSeeds = async ({ first, count }: Range): Promise<Totals> => {
  let totals = nothing;
  for (let seed = first; seed < first + count && totals.failed === null; seed += 1) {
    const { violation, events, steps, faults, states } = await simulate(seed);
    const reached = new Map([...states].map((state) => [state, 1] as const));
    const failed = violation === undefined ? null : { seed, violation };
    totals = sumOf(totals, { seeds: 1, events, steps, faults, states: reached, failed });
    // Node reports unhandled rejections between turns of its event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return totals;
};
