// How a measurement says what it found: a line for people, and a message for bench/all.ts where that started it.
import { z } from 'zod';

export const figure = z.strictObject({
  /** What bench/support/targets.ts and the floors of other measurements know it by. */
  id: z.string(),
  what: z.string(),
  value: z.number(),
  unit: z.string(),
  /** What the machine can do at best, taken in the same run. */
  floor: z.number().optional(),
});
export type Figure = Readonly<z.infer<typeof figure>>;

const DIGITS_BELOW: readonly (readonly [limit: number, digits: number])[] = [
  [1, 3],
  [10, 2],
  [100, 1],
];

/** Three digits that count; whole numbers from 100 on, their thousands apart. */
export const shown = (value: number): string => {
  if (!Number.isFinite(value)) return 'unknown';
  const digits = DIGITS_BELOW.find(([limit]) => Math.abs(value) < limit)?.[1] ?? 0;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
};

/** Of a rate the share that is reached of the floor, of anything else how many times the floor it takes. */
export const ratioOf = ({ value, unit, floor }: Figure): string => {
  if (floor === undefined) return '';
  if (unit.endsWith('/s')) return `${((100 * value) / floor).toFixed(0)} %`;
  return `${(value / floor).toFixed(1)} ×`;
};

const withUnit = (value: number, unit: string): string =>
  shown(value) + (unit.startsWith('/') ? '' : ' ') + unit;

export const lineOf = (one: Figure): string => {
  const { what, value, unit, floor } = one;
  const beside = floor === undefined ? '' : `   floor ${withUnit(floor, unit)}, ${ratioOf(one)}`;
  return `${what.padEnd(52)} ${shown(value).padStart(10)} ${unit.padEnd(9)}${beside}`.trimEnd();
};

export const report = (one: Figure): void => {
  console.log(lineOf(one));
  // What is unknown stays a line: it is no figure to compare.
  if (Number.isFinite(one.value)) process.send?.(one);
};
