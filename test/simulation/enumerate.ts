import type { Choose } from '../../sdk/simulator/scheduler.ts';

/**
 * Runs a scenario once for every way its choices can fall: each run follows the one before up to the last
 * choice that has an alternative left, and takes that. Returns how many ways there were.
 */
export const everyOrder = async (
  isChosen: (label: string) => boolean,
  scenario: (choose: Choose) => Promise<void>,
): Promise<number> => {
  let script: readonly number[] = [];
  for (let ways = 1; ; ways += 1) {
    const taken: { readonly index: number; readonly of: number }[] = [];
    const pick = (of: number): number => {
      const index = script[taken.length] ?? 0;
      taken.push({ index, of });
      return index;
    };
    await scenario(choosing(isChosen, pick));
    const last = taken.findLastIndex(({ index, of }) => index + 1 < of);
    if (last < 0) return ways;
    script = taken.slice(0, last + 1).map(({ index }, at) => (at === last ? index + 1 : index));
  }
};

/** What is not chosen runs first, in the order in which it came. */
const choosing =
  (isChosen: (label: string) => boolean, pick: (of: number) => number): Choose =>
  (items) => {
    const plain = items.findIndex(({ label }) => !isChosen(label));
    return plain >= 0 ? plain : pick(items.length);
  };
