import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTally } from '../../../src/infra/telemetry/tally.ts';

const values = fc.array(fc.constantFrom('a', 'b', 'a b', ''), { minLength: 1, maxLength: 3 });

describe('a tally', () => {
  it('counts each combination of values by itself', () => {
    fc.assert(
      fc.property(fc.array(values), (added) => {
        const tally = createTally();
        for (const each of added) tally.add(...each);
        const expected = new Map<string, number>();
        for (const each of added) {
          const key = JSON.stringify(each);
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        const entries = tally.entries().map((entry) => [JSON.stringify(entry.values), entry.count] as const);
        expect(new Map(entries)).toEqual(expected);
        expect(entries).toHaveLength(expected.size);
        for (const each of added) expect(tally.of(...each)).toBe(expected.get(JSON.stringify(each)));
      }),
    );
  });

  it('knows nothing of what was never added', () => {
    const tally = createTally();
    tally.add('a', 'b');
    expect([tally.of('a'), tally.of('a', 'b', 'c'), tally.of('b')]).toEqual([0, 0, 0]);
  });
});
