/** Whole numbers at random that a seed gives again. @param seed of a failed run */
export const seededPick = (seed = Date.now() % 1_000_000_007) => {
  let state = seed;
  const pick = (count: number): number => {
    // Mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  };
  return { pick, seed };
};
