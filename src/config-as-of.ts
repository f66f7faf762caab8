import { z } from 'zod';

const MOST_MIB = 1024 * 1024;

/** Settings of questions about the past. */
export const asOfSettings = {
  /** How much of `DATA_DIR/as-of` past read models may take, in MiB, before those not used for long go. */
  AS_OF_MIB: z
    .string()
    .regex(/^\d{1,7}$/, `must be a whole number from 1 to ${MOST_MIB}`)
    .transform(Number)
    .refine((mib) => mib >= 1 && mib <= MOST_MIB, `must be a whole number from 1 to ${MOST_MIB}`)
    .default(1024),
} as const;
