import { z } from 'zod';
import * as schemas from './schemas.ts';

const MAX_LIMIT = 500;
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

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
export const time = z.iso
  .datetime({ offset: true, error: 'must be a date and time with its zone, as 2026-01-31T12:00:00Z' })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= LAST_MS, 'must be between 1970 and 9999')
  .transform((text) => new Date(text).toISOString());

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
    position: schemas.position,
  });

export const countsAnswer = z.strictObject({
  counts: z.record(z.string(), z.int()),
  total: z.int(),
  position: schemas.position,
});
