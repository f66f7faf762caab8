import { describe, expect, it } from 'vitest';
import { untilNoConflict } from '../../src/commands/until-no-conflict.ts';

/** Conflicts so many times before there is an outcome. */
const after = (conflicts: number) => {
  const tries: number[] = [];
  const once = (count: number): 'conflict' | { readonly kind: 'done' } => {
    tries.push(count);
    return tries.length > conflicts ? { kind: 'done' } : 'conflict';
  };
  return { tries, outcome: untilNoConflict('saga-1', once) };
};

describe('what others write meanwhile', () => {
  it.each([0, 1, 7])('is decided on again: %i times', async (conflicts) => {
    const { tries, outcome } = after(conflicts);
    expect(await outcome).toEqual({ kind: 'done' });
    expect(tries).toEqual(Array.from({ length: conflicts + 1 }, (_, count) => count));
  });

  it('ends in busy after eight tries in all', async () => {
    const { tries, outcome } = after(8);
    const busy = { kind: 'unavailable', code: 'busy', detail: 'too many writers on saga-1' };
    expect(await outcome).toEqual(busy);
    expect(tries).toHaveLength(8);
  });
});
