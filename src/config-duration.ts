import { z } from 'zod';

export const MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIMPLE = /^(?<count>\d{1,15}) ?(?<unit>ms|s|m|h|d)?$/;
const ISO =
  /^P(?:(?<d>\d{1,9})D)?(?:T(?=\d)(?:(?<h>\d{1,9})H)?(?:(?<m>\d{1,9})M)?(?:(?<s>\d{1,9})(?:\.\d{1,9})?S)?)?$/;
export const UNITS = ['ms', 's', 'm', 'h', 'd'] as const;
const ISO_UNITS = ['d', 'h', 'm', 's'] as const;

const simple = z.object({ count: z.string(), unit: z.enum(UNITS).default('ms') });
const iso = z.partialRecord(z.enum(ISO_UNITS), z.string().optional());

/** `4d`, `96h`, `PT96H` or milliseconds, in milliseconds; undefined for anything else. */
export const durationMs = (text: string): number | undefined => {
  const plain = simple.safeParse(SIMPLE.exec(text.trim())?.groups);
  if (plain.success) return Number(plain.data.count) * MS[plain.data.unit];
  const { data } = iso.safeParse(ISO.exec(text.trim().toUpperCase())?.groups);
  if (data === undefined || ISO_UNITS.every((unit) => data[unit] === undefined)) return undefined;
  return ISO_UNITS.reduce((sum, unit) => sum + Number(data[unit] ?? 0) * MS[unit], 0);
};

const FORMS = 'must be a duration: 4d, 96h, PT96H or milliseconds';

/** A setting that is a duration. @param fallback milliseconds */
export const duration = (minMs: number, maxMs: number, fallback: number) =>
  z
    .string()
    .refine((text) => durationMs(text) !== undefined, FORMS)
    .transform((text) => durationMs(text) ?? 0)
    .refine((ms) => ms >= minMs && ms <= maxMs, `must be from ${minMs} to ${maxMs} milliseconds`)
    .default(fallback);
