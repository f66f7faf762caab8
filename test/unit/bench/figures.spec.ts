import { describe, expect, it } from 'vitest';
import { latenciesOf, medianOf } from '../../../bench/support/latencies.ts';
import { overview } from '../../../bench/support/overview.ts';
import { lineOf, ratioOf, shown } from '../../../bench/support/report.ts';
import { tableOf } from '../../../bench/support/table.ts';
import { isMet, TARGETS, textOf } from '../../../bench/support/targets.ts';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
const figure = { id: 'append-64', what: 'appends', value: 50, unit: '/s' } as const;

describe('latencies', () => {
  it('takes percentiles from the values in order, whatever order they came in', () => {
    expect(latenciesOf(hundred)).toEqual({ p50: 51, p99: 100, max: 100 });
  });

  it('has one value for everything where there was one measurement', () => {
    expect(latenciesOf([7])).toEqual({ p50: 7, p99: 7, max: 7 });
  });

  it('says of nothing measured that it is not a number', () => {
    expect([latenciesOf([]).p99, medianOf([])]).toEqual([Number.NaN, Number.NaN]);
  });

  it('takes the value in the middle, of an even number the lower of two', () => {
    expect([medianOf([9, 1, 5]), medianOf([9, 1, 5, 3])]).toEqual([5, 3]);
  });
});

describe('a figure', () => {
  it('shows three digits that count', () => {
    expect([0.12345, 1.2345, 12.345, 123.45, 1234567].map(shown)).toEqual([
      ...['0.123', '1.23', '12.3', '123', '1,234,567'],
    ]);
  });

  it('shows what is not known as unknown', () => {
    expect(shown(Number.NaN)).toBe('unknown');
  });

  it('is a share of its floor where it is a rate, and a multiple where it is a time', () => {
    expect(ratioOf({ ...figure, floor: 200 })).toBe('25 %');
    expect(ratioOf({ ...figure, unit: 'ms', floor: 20 })).toBe('2.5 ×');
    expect(ratioOf(figure)).toBe('');
  });

  it('stands on its line beside its floor', () => {
    expect(lineOf({ ...figure, floor: 200 })).toMatch(/^appends +50\.0 \/s +floor 200\/s, 25 %$/);
  });
});

describe('a target', () => {
  it('asks for a share of the floor that was taken in the same run', () => {
    const target = { shareOfFloor: 0.5 };
    expect([99, 100].map((floor) => isMet(target, { ...figure, floor }))).toEqual([true, true]);
    expect(isMet(target, { ...figure, floor: 101 })).toBe(false);
  });

  it('is not met while the floor it needs is missing', () => {
    expect(isMet({ shareOfFloor: 0.5 }, figure)).toBe(false);
  });

  it('is met only where all of its conditions hold', () => {
    const target = { atMost: 2, timesFloor: 3.6 };
    const p50 = { ...figure, unit: 'ms', floor: 0.5 };
    expect([1.8, 1.9, 2.1].map((value) => isMet(target, { ...p50, value }))).toEqual([true, false, false]);
    expect(textOf(target)).toBe('≤ 2.00, ≤ 3.6 ×');
  });

  it('asks nothing that it cannot say', () => {
    expect([...TARGETS.values()].map(textOf)).not.toContain('');
  });
});

describe('the overview', () => {
  it('gives a figure without a floor of its own the one that was measured apart', () => {
    const runs = { id: 'runs-64', what: 'runs', value: 5000, unit: '/s' };
    const floor = { id: 'floor-runs-64', what: 'bare', value: 20_000, unit: '/s' };
    expect(overview([floor, runs])).toMatch(/^runs +5,000 +\/s +20,000 +25 % +≥ 4,500 +yes$/m);
  });

  it('says which target is missed', () => {
    expect(overview([{ ...figure, floor: 101 }])).toMatch(/≥ 50 % +NO$/m);
  });
});

describe('a table', () => {
  it('has columns as wide as their widest cell, numbers at the right', () => {
    expect(
      tableOf(
        ['name', 'n'],
        [
          ['a', '10'],
          ['longer', '7'],
        ],
        (column) => column === 1,
      ),
    ).toBe(['name     n', '──────  ──', 'a       10', 'longer   7'].join('\n'));
  });
});
