import { z } from 'zod';
import { exactlyOneOf } from '../given-fields.ts';
import { timeInput } from '../time-input.ts';
import { MAX_VALUE_BYTES } from './letter-content.ts';

export const letterId = z.uuid().transform((id) => id.toLowerCase());
export const fingerprint = z.string().regex(/^[0-9a-f]{64}$/, 'must be a fingerprint, 64 hex digits');
const reason = z.string().min(1).max(1000);

/** The most letters one redrive selects. */
export const MAX_SELECTED = 10_000;

const pace = {
  reason: reason.optional(),
  /** Letters taken a second. */
  perSecond: z.int().min(1).max(1000).default(50),
};

export const redriveLetterInput = z.strictObject(pace);
export type RedriveLetterInput = Readonly<z.output<typeof redriveLetterInput>>;

/** All conditions must hold; letters that are closed are never selected. */
const letterFilter = z.strictObject({
  topic: z.string().min(1).max(249).optional(),
  code: z.string().min(1).max(100).optional(),
  fingerprint: fingerprint.optional(),
  flowId: letterId.optional(),
  from: timeInput.optional(),
  to: timeInput.optional(),
});

const which = {
  ids: z.array(letterId).min(1).max(MAX_SELECTED).optional(),
  fingerprint: fingerprint.optional(),
  filter: letterFilter.optional(),
};
const oneOfWhich = {
  message: 'says which letters: exactly one of ids, fingerprint and filter',
};
type Which = { readonly [Name in keyof typeof which]?: unknown };
const oneNamed = exactlyOneOf(...Object.keys(which));
const namesOne = ({ ids, fingerprint: group, filter }: Which): boolean =>
  [ids, group, filter].filter((given) => given !== undefined).length === 1;

export const previewRedriveInput = z.strictObject(which).refine(namesOne, oneOfWhich).meta(oneNamed);
export type PreviewRedriveInput = Readonly<z.output<typeof previewRedriveInput>>;

export const redriveLettersInput = z
  .strictObject({ ...which, ...pace, dryRun: z.boolean().default(false) })
  .refine(namesOne, oneOfWhich)
  .meta(oneNamed);

type NewValue = { readonly text?: string | undefined; readonly base64?: string | undefined };

export const bytesOf = ({ text, base64 }: NewValue): Uint8Array =>
  base64 === undefined ? Buffer.from(text ?? '') : Buffer.from(base64, 'base64');

/** The value to put in place of the record's, as text (UTF-8) or as base64. */
export const editLetterInput = z
  .strictObject({ text: z.string().optional(), base64: z.base64().optional(), reason })
  .refine(({ text, base64 }) => (text === undefined) !== (base64 === undefined), {
    message: 'has the new value: exactly one of text and base64',
  })
  .refine((input) => bytesOf(input).length <= MAX_VALUE_BYTES, {
    message: `the new value must be ${String(MAX_VALUE_BYTES)} bytes or less`,
  })
  .meta(exactlyOneOf('text', 'base64'));
export type EditLetterInput = Readonly<z.output<typeof editLetterInput>>;

export const discardLetterInput = z.strictObject({ reason });
export type DiscardLetterInput = Readonly<z.output<typeof discardLetterInput>>;
