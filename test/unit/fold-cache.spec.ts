import { describe, expect, it } from 'vitest';
import { foldCache } from '../../src/commands/fold-cache.ts';
import { emptyFold } from '../../src/commands/folded.ts';
import type { Folded } from '../../src/commands/folded.ts';

const foldTo = (revision: number): Folded<string> => ({
  ...emptyFold(`state at ${revision}`),
  head: { revision, hash: 'a'.repeat(64) },
});

describe('the cache of folded streams', () => {
  it('keeps what was read', () => {
    const cache = foldCache<string>(10_000);
    expect(cache.watch('s').keep(foldTo(3))).toBe(true);
    expect(cache.get('s')).toEqual(foldTo(3));
  });

  it('does not keep a read that an event seen meanwhile has overtaken', () => {
    const cache = foldCache<string>(10_000);
    const slow = cache.watch('s');
    cache.observe('s', 4);
    expect(slow.keep(foldTo(3))).toBe(false);
    expect(cache.get('s')).toBeUndefined();
    expect(slow.keep(foldTo(4))).toBe(true);
  });

  it('does not let a slow read replace what was appended meanwhile', () => {
    const cache = foldCache<string>(10_000);
    const slow = cache.watch('s');
    cache.watch('s').keep(foldTo(4));
    expect(slow.keep(foldTo(3))).toBe(false);
    expect(cache.get('s')).toEqual(foldTo(4));
  });

  it('does not keep what an append brings when a rival has gone on behind it', () => {
    const cache = foldCache<string>(10_000);
    cache.watch('s').keep(foldTo(3));
    const append = cache.watch('s');
    cache.observe('s', 5);
    expect(append.keep(foldTo(4))).toBe(false);
    expect(cache.get('s')).toBeUndefined();
  });

  it('drops what ends before an event that was seen, and nothing of other streams', () => {
    const cache = foldCache<string>(10_000);
    cache.watch('s').keep(foldTo(3));
    cache.watch('other').keep(foldTo(3));
    cache.observe('s', 3);
    expect(cache.get('s')).toEqual(foldTo(3));
    cache.observe('s', 4);
    expect(cache.get('s')).toBeUndefined();
    expect(cache.get('other')).toEqual(foldTo(3));
  });
});
