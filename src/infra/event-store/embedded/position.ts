import type { Position } from '../port.ts';

const HALF = 20;
const PREPARE = '0'.repeat(HALF);
const FORM = /^\d{40}$/;

/** The embedded log's numbers, 1, 2, 3 … without a gap, as positions: `number‖0`. */
export const toPosition = (number: number): Position => {
  const digits = String(number);
  return (ZEROS[digits.length] ?? '') + digits + PREPARE;
};

// By how many digits follow: padding for each number anew is dear where there are many.
const ZEROS = Array.from({ length: HALF + 1 }, (_, digits) => '0'.repeat(HALF - digits));

/** @throws RangeError for text that is not a position of an embedded log. */
export const toNumber = (position: Position): number => {
  const number = Number(position.slice(0, HALF));
  if (!FORM.test(position) || !position.endsWith(PREPARE) || !Number.isSafeInteger(number)) {
    throw new RangeError(`not a position of this log: ${position}`);
  }
  return number;
};

/** Number of events behind `after`, up to and including `upTo`. */
export const eventsBetween = (after: Position, upTo: Position): number => toNumber(upTo) - toNumber(after);
