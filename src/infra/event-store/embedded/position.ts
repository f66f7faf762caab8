import type { Position } from '../port.ts';

const HALF = 20;
const PREPARE = '0'.repeat(HALF);
const FORM = /^\d{40}$/;

/** The embedded log's numbers, 1, 2, 3 … without a gap, as positions: `number‖0`. */
export const toPosition = (number: number): Position => String(number).padStart(HALF, '0') + PREPARE;

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
