import { z } from 'zod';

const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * RFC 3339 with any offset, between 1970 and 9999 in UTC; given on as UTC with milliseconds, so that texts are in the
 * order of time.
 */
export const timeInput = z.iso
  .datetime({ offset: true, error: 'must be a date and time with its zone, as 2026-01-31T12:00:00Z' })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= LAST_MS, 'must be between 1970 and 9999')
  .transform((text) => new Date(text).toISOString());
