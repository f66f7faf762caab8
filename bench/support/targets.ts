// What issue 5 asks for, by the id under which a measurement reports it.
import type { Figure } from './report.ts';
import { shown } from './report.ts';

export type Target = {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Of the floor: at least this share of a rate, at most this many times a time. */
  readonly shareOfFloor?: number;
  readonly timesFloor?: number;
};

/** Rates of runs are what four times Restate's were on the machine of the issue; the factors come from bench:peers. */
export const TARGETS: ReadonlyMap<string, Target> = new Map(
  Object.entries({
    'runs-64': { atLeast: 4500 },
    'runs-256': { atLeast: 5000 },
    'runs-simultaneous-64': { atLeast: 4500 },
    'run-p50-1': { atMost: 2, timesFloor: 3.6 },
    'run-p99-64': { atMost: 30 },
    'run-cpu-64': { atMost: 0.35 },
    'run-bytes-64': { atMost: 3000 },
    'append-64': { shareOfFloor: 0.5 },
    'append-1': { shareOfFloor: 0.6 },
    'read-checked': { shareOfFloor: 0.5 },
    read: { shareOfFloor: 0.5 },
    'rebuild-all': { atLeast: 100_000 },
    'rebuild-memory': { atMost: 150 },
    'feed-1': { atMost: 5 },
    'feed-100': { atMost: 10 },
    'start-snapshot': { atMost: 3 },
    'growth-start-1000000': { atMost: 3 },
  } satisfies Record<string, Target>),
);

export const textOf = ({ atLeast, atMost, shareOfFloor, timesFloor }: Target): string =>
  [
    atLeast === undefined ? [] : [`≥ ${shown(atLeast)}`],
    atMost === undefined ? [] : [`≤ ${shown(atMost)}`],
    shareOfFloor === undefined ? [] : [`≥ ${(100 * shareOfFloor).toFixed(0)} %`],
    timesFloor === undefined ? [] : [`≤ ${timesFloor.toFixed(1)} ×`],
  ]
    .flat()
    .join(', ');

/** What cannot be told, as there is no floor or no figure, is not met. */
export const isMet = ({ atLeast, atMost, shareOfFloor, timesFloor }: Target, figure: Figure): boolean => {
  const { value, floor = Number.NaN } = figure;
  const conditions = [
    atLeast === undefined || value >= atLeast,
    atMost === undefined || value <= atMost,
    shareOfFloor === undefined || value >= shareOfFloor * floor,
    timesFloor === undefined || value <= timesFloor * floor,
  ];
  return conditions.every(Boolean);
};
