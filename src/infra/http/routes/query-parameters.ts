import { z } from 'zod';
import { timeInput } from '../../../commands/time-input.ts';
import * as schemas from './schemas.ts';

const MAX_LIMIT = 500;

/** A whole number as it stands in an address, from 1 on: text here, a number to whoever describes it. */
export const limitUpTo = (max: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `must be 1 to ${max}`)
    .refine((limit) => Number(limit) <= max, `must be 1 to ${max}`)
    .meta({ type: 'integer', minimum: 1, maximum: max, pattern: undefined });

/** The same, with the one that holds where none is given. */
export const limitOr = (first: number, max: number) =>
  limitUpTo(max).default(String(first)).meta({ default: first });

/** A point in time with its zone, between 1970 and 9999; given on as UTC with milliseconds. */
export const time = timeInput;

export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** A text that is compared as it is. */
export const exact = z.string().min(1).max(200);

/** What every list takes. A sort is a field, descending with `-` before it. */
export const paging = <const Sorts extends readonly [string, ...string[]]>(
  sorts: Sorts,
  first: NoInfer<Sorts[number] | `-${Sorts[number]}`>,
) => ({
  sort: z.enum([...sorts, ...sorts.map((sort) => `-${sort}`)]).default(first),
  limit: limitOr(50, MAX_LIMIT),
  cursor: z.string().min(1).max(2000).optional(),
  ...schemas.minPosition,
});

/** The form of a list's answer. */
export const listAnswer = (item: z.ZodType) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().optional(),
    blockedIds: z.array(z.string()).readonly().optional().meta({ description: BLOCKED }),
    position: schemas.position,
  });

const BLOCKED =
  'Items of this page (of timers: runs) that are as they were before an event which this version could not take in. ' +
  'Absent where there are none.';

export const countsAnswer = z.strictObject({
  counts: z.record(z.string(), z.int()),
  total: z.int(),
  position: schemas.position,
});
