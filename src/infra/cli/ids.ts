import { z } from 'zod';
import { int64 } from '../../domain/int64.ts';
import { name } from '../../domain/names.ts';
import { usageError } from './errors.ts';

/**
 * What was typed, as a part of an address. Looked at before it is sent: `counts` in the place of an id, or `..`, would
 * be another address, whose answer would look like one about nothing.
 * @throws CliError where it has not the form.
 */
const partOf =
  (form: z.ZodType<string>, expected: string) =>
  (text: string): string => {
    if (form.safeParse(text).success) return encodeURIComponent(text);
    throw usageError(`${JSON.stringify(text)} is not ${expected}`);
  };

const isElsewhere = (text: string): boolean => ['', '.', '..'].includes(text);

export const flowIdPart = partOf(z.uuid(), 'the id of a run (a UUID)');
export const instanceIdPart = partOf(int64, 'the id of an instance (a whole number)');
export const letterIdPart = partOf(z.uuid(), 'the id of a dead letter (a UUID)');
export const sessionIdPart = partOf(z.uuid(), 'the id of a replay session (a UUID)');
export const namePart = partOf(name, 'a name (a letter, then up to 79 letters, digits, dots, _ and -)');
/** Of which only the server knows the form. */
export const plainPart = partOf(
  z.string().refine((text) => !isElsewhere(text)),
  'a name',
);
