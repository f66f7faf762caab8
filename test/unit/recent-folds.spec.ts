import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFold } from '../../src/commands/folded.ts';
import type { Folded } from '../../src/commands/folded.ts';
import { recentFolds } from '../../src/commands/recent-folds.ts';

const foldOf = (state: string, size: number): Folded<string> => ({ ...emptyFold(state), size });

describe('the folds used last', () => {
  it('are kept as long as they are used, whatever else comes', () => {
    const recent = recentFolds<string>(100);
    const used = foldOf('used', 10);
    recent.set('used', used);
    for (let other = 0; other < 50; other += 1) {
      recent.set(`other ${other}`, foldOf('other', 10));
      expect(recent.get('used')).toBe(used);
    }
    expect(recent.get('other 0')).toBeUndefined();
  });

  it('give way to others once they are not used any more, also where they are looked at', () => {
    const recent = recentFolds<string>(100);
    recent.set('s', foldOf('state', 10));
    for (let other = 0; other < 10; other += 1) {
      recent.peek('s');
      recent.set(`other ${other}`, foldOf('other', 10));
    }
    expect(recent.peek('s')).toBeUndefined();
    expect(recent.peek('other 9')).toBeDefined();
  });

  it('are forgotten where what takes their place is too large', () => {
    const recent = recentFolds<string>(100);
    recent.set('s', foldOf('before', 10));
    recent.set('s', foldOf('after', 51));
    expect(recent.get('s')).toBeUndefined();
  });

  it('take no more bytes than allowed, and are what was set last', () => {
    const streams = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const stream = fc.constantFrom(...streams);
    const step = fc.oneof(
      fc.record({ act: fc.constant('set' as const), stream, size: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ act: fc.constantFrom('get' as const, 'delete' as const), stream }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const recent = recentFolds<string>(100);
        const last = new Map<string, Folded<string>>();
        for (const [at, each] of steps.entries()) {
          if (each.act === 'set') {
            last.set(each.stream, foldOf(`state ${at}`, each.size));
            recent.set(each.stream, foldOf(`state ${at}`, each.size));
          } else if (each.act === 'delete') {
            last.delete(each.stream);
            recent.delete(each.stream);
          } else recent.get(each.stream);
          const kept = streams.map((name) => [name, recent.peek(name)] as const);
          const present = kept.filter(([, folded]) => folded !== undefined);
          expect(present.reduce((sum, [, folded]) => sum + (folded?.size ?? 0), 0)).toBeLessThanOrEqual(100);
          for (const [name, folded] of present) expect(folded).toEqual(last.get(name));
        }
      }),
    );
  });
});
