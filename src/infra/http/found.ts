import type { Problem } from './problem-details.ts';

/** @throws the problem where there is nothing. */
export const found = <Value>(value: Value | undefined, otherwise: Problem): Value => {
  if (value === undefined) throw otherwise;
  return value;
};
