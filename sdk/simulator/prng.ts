import type { Random } from '../../src/infra/clock/port.ts';

/** Chance from a seed: the same seed gives the same sequence on every machine. */
export type Prng = Random & {
  /** A whole number in [0, count). */
  readonly below: (count: number) => number;
  /** A whole number in [from, to]. */
  readonly between: (from: number, to: number) => number;
  readonly chance: (probability: number) => boolean;
  /** @throws RangeError for an empty list. */
  readonly pick: <Value>(list: readonly Value[]) => Value;
  /** Each element with probability one half. */
  readonly some: <Value>(list: readonly Value[]) => readonly Value[];
};

export const prng = (seed: number): Prng => {
  const next = mulberry32(seed);
  const below = (count: number): number => Math.floor(next() * count);
  const pick = <Value>(list: readonly Value[]): Value => {
    const found = list.slice(below(list.length))[0];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  };
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    pick,
    some: (list) => list.filter(() => next() < 0.5),
  };
};

/** Mulberry32: 32 bits of state, passes the usual tests, and a multiplication or two a number. */
const mulberry32 = (seed: number): (() => number) => {
  // Neighbouring seeds must not give neighbouring sequences.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};
