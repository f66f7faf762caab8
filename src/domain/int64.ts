import { z } from 'zod';

export const MAX_INT64 = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** A 64-bit integer as decimal digits: a JSON number would be rounded beyond 2^53. */
export const int64 = z
  .string()
  // Without the abort the check behind it would see what is no number.
  .regex(/^(?:0|-?[1-9]\d{0,18})$/, { error: 'must be a 64-bit integer in decimal digits', abort: true })
  .refine((digits) => isWithin(BigInt(digits)), 'must be a 64-bit integer');

/** The same for a description that says so: those of stored events keep theirs. */
export const describedInt64 = int64.meta({ format: 'int64' });

const isWithin = (value: bigint): boolean => value >= MIN && value <= MAX_INT64;
