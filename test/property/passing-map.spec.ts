import { setFlagsFromString, getHeapSpaceStatistics } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, it, expect } from 'vitest';
import { z } from 'zod';
import { passingMap } from '../../src/domain/passing-map.ts';

const keys = fc.integer({ min: 0, max: 12 });
const steps = fc.array(fc.record({ key: keys, does: fc.constantFrom('set', 'set', 'delete', 'clear') }), {
  minLength: 200,
  maxLength: 2000,
});

const collector = () => {
  setFlagsFromString('--expose-gc');
  return z.custom<(options?: { type: 'minor' }) => void>().parse(runInNewContext('gc'));
};

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ??
  Number.NaN;

type Entries = Pick<Map<string, readonly object[]>, 'delete'> & {
  readonly set: (key: string, value: readonly object[]) => unknown;
};

/** How much becomes old while entries come and go, 64 at a time, through a table that is old itself. */
const grownOld = (entries: Entries): number => {
  entries.set('first', []);
  const collect = collector();
  for (let times = 0; times < 3; times += 1) collect();
  const before = oldBytes();
  for (let at = 0; at < 10_000; at += 1) {
    const value = Array.from({ length: 100 }, (_, index) => ({ index, at }));
    entries.set(`key ${at}`, value);
    entries.delete(`key ${at - 64}`);
    if (at % 500 === 0) collect({ type: 'minor' });
  }
  return oldBytes() - before;
};

describe('a map of what is only there for a moment', () => {
  it('holds what a Map holds, in the same order', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const [passing, map] = [passingMap<number, number>(), new Map<number, number>()];
        all.forEach(({ key, does }, at) => {
          if (does === 'set') [passing, map].forEach((either) => either.set(key, at));
          else if (does === 'delete') expect(passing.delete(key)).toBe(map.delete(key));
          else if (at % 97 === 0) [passing, map].forEach((either) => either.clear());
          expect([passing.get(key), passing.has(key)]).toEqual([map.get(key), map.has(key)]);
        });
        expect([...passing.entries()]).toEqual([...map]);
        expect([...passing.keys()]).toEqual([...map.keys()]);
        expect([...passing.values()]).toEqual([...map.values()]);
        expect(passing.size()).toBe(map.size);
      }),
    );
  });

  it('shows what is left while entries are deleted', () => {
    const passing = passingMap<number, string>();
    for (let key = 0; key < 500; key += 1) passing.set(key, 'there');
    const seen: number[] = [];
    for (const key of passing.keys()) {
      seen.push(key);
      passing.delete(key + 1);
    }
    expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => 2 * index));
  });

  it('makes nothing old that has gone, unlike a Map', () => {
    // Whatever else the process does meanwhile becomes old too.
    const leastOf = (made: () => Entries): number => Math.min(...[1, 2, 3].map(() => grownOld(made())));
    expect(leastOf(passingMap)).toBeLessThan(leastOf(() => new Map()) / 4);
  });
});
