import { describe, expect, it } from 'vitest';
import { tokenBuckets } from '../../src/infra/http/token-buckets.ts';

const MINUTE_MS = 60_000;

/** Sixty a minute, at a time that the test sets. */
const sixty = (mostCallers?: number) => {
  const time = { now: 1_700_000_000_000 };
  const take = tokenBuckets(60, () => time.now, mostCallers);
  const takeMany = (count: number) => Array.from({ length: count }, () => take('a'));
  return { time, take, takeMany };
};

describe('a bucket', () => {
  it('allows as many at once as it holds, and not one more', () => {
    const { takeMany } = sixty();
    const taken = takeMany(61);
    expect(taken.map(({ isAllowed }) => isAllowed)).toEqual([...Array<boolean>(60).fill(true), false]);
    expect(taken.map(({ left }) => left)).toEqual([...Array.from({ length: 60 }, (_, i) => 59 - i), 0]);
    expect(taken.at(-1)).toMatchObject({ waitMs: 1000, fullInMs: MINUTE_MS });
  });

  it('earns them again, never more than it holds', () => {
    const { time, take, takeMany } = sixty();
    takeMany(60);
    time.now += 999;
    expect(take('a').isAllowed).toBe(false);
    time.now += 1;
    expect(takeMany(2).map(({ isAllowed }) => isAllowed)).toEqual([true, false]);
    time.now += 10 * MINUTE_MS;
    expect(takeMany(61).filter(({ isAllowed }) => isAllowed)).toHaveLength(60);
  });

  it('takes nothing away where the clock is put back', () => {
    const { time, take, takeMany } = sixty();
    takeMany(30);
    time.now -= 60 * MINUTE_MS;
    expect(take('a')).toMatchObject({ isAllowed: true, left: 29 });
    time.now += 1000;
    expect(take('a')).toMatchObject({ isAllowed: true, left: 29 });
  });

  it("is one caller's own", () => {
    const { take, takeMany } = sixty();
    takeMany(61);
    expect(take('b')).toMatchObject({ isAllowed: true, left: 59 });
  });

  it('is kept while others come, and forgotten after two generations of them', () => {
    const { take, takeMany } = sixty(3);
    takeMany(60);
    for (const other of ['b', 'c', 'd']) take(other);
    expect(take('a').isAllowed).toBe(false);
    for (const other of ['e', 'f', 'g', 'h', 'i', 'j']) take(other);
    expect(take('a')).toMatchObject({ isAllowed: true, left: 59 });
  });
});
