// All figures in one table, each beside its floor and its target.
import type { Figure } from './report.ts';
import { ratioOf, shown } from './report.ts';
import { tableOf } from './table.ts';
import { isMet, TARGETS, textOf } from './targets.ts';

/** Whose floor bench/floor.ts takes: the measurement itself does not. */
const FLOOR_OF: ReadonlyMap<string, string> = new Map([
  ['runs-1', 'floor-runs-1'],
  ['runs-64', 'floor-runs-64'],
  ['runs-256', 'floor-runs-256'],
  ['runs-simultaneous-64', 'floor-runs-64'],
  ['run-p50-1', 'floor-threaded-run-p50'],
  ['run-bytes-64', 'floor-run-bytes'],
]);

const HEADER = ['what', 'figure', '', 'floor', 'ratio', 'target', 'met'];
const RIGHT = new Set([1, 3, 4]);

const withFloors = (figures: readonly Figure[]): readonly Figure[] => {
  const values = new Map(figures.map(({ id, value }) => [id, value]));
  return figures.map((one) => {
    const floor = one.floor ?? values.get(FLOOR_OF.get(one.id) ?? '');
    return floor === undefined ? one : { ...one, floor };
  });
};

const row = (one: Figure): readonly string[] => {
  const target = TARGETS.get(one.id);
  const met = target !== undefined && isMet(target, one) ? 'yes' : 'NO';
  return [
    one.what,
    shown(one.value),
    one.unit,
    one.floor === undefined ? '' : shown(one.floor),
    ratioOf(one),
    target === undefined ? '' : textOf(target),
    target === undefined ? '' : met,
  ];
};

/** Floors first as they were taken, then what Skald does. */
export const overview = (figures: readonly Figure[]): string =>
  tableOf(HEADER, withFloors(figures).map(row), (column) => RIGHT.has(column));
