import { z } from 'zod';
import type { CollectionSpec } from './port.ts';

// These names become part of SQL texts and of paths in documents: nothing else may.
const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/);

const form = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  fields: z.record(fieldName, z.enum(['text', 'number', 'boolean', 'text[]'])),
  indexes: z.array(z.array(fieldName).min(1)),
  history: z.boolean(),
  idPrefix: fieldName.optional(),
  isWrittenOnce: z.literal(true).optional(),
});

/** @throws RangeError for names, fields or indexes that are not of the port's form. */
export const checkedSpec = (spec: unknown): CollectionSpec => {
  const parsed = form.safeParse(spec);
  if (!parsed.success) throw new RangeError(`collection specification: ${z.prettifyError(parsed.error)}`);
  const { idPrefix, isWrittenOnce, ...rest } = parsed.data;
  for (const index of rest.indexes) assertIndex(rest, index);
  if (idPrefix !== undefined && rest.fields[idPrefix] !== 'text')
    throw new RangeError(`${rest.name}: ids begin with ${idPrefix}, which is no text field`);
  return {
    ...rest,
    ...(idPrefix === undefined ? {} : { idPrefix }),
    ...(isWrittenOnce === undefined ? {} : { isWrittenOnce }),
  };
};

const assertIndex = ({ name, fields }: CollectionSpec, index: readonly string[]): void => {
  const undeclared = index.find((field) => fields[field] === undefined);
  if (undeclared !== undefined) throw new RangeError(`${name}: an index over the undeclared ${undeclared}`);
  if (index.length > 1 && index.some((field) => fields[field] === 'text[]'))
    throw new RangeError(`${name}: a text[] is indexed alone`);
};
