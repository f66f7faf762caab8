import { typeOf } from './declared-fields.ts';
import type { Row } from './operations.ts';
import { DocumentRefused } from './port.ts';
import type { Body, CollectionSpec, FieldType, Scalar } from './port.ts';

export type FieldValue = Scalar | readonly string[];

/** The declared fields that a body has, null being none. @throws DocumentRefused for a value of another type. */
export const fieldValues = (
  spec: CollectionSpec,
  { id, body, value: given }: Row & { readonly body: string },
): Readonly<Record<string, FieldValue>> => {
  // `rowOf` made this text from a Body.
  const members = given ?? (JSON.parse(body) as Body);
  const values: Record<string, FieldValue> = {};
  for (const field of Object.keys(spec.fields)) {
    const member = Object.hasOwn(members, field) ? (members[field] ?? null) : null;
    if (member === null) continue;
    const value = valueOf(typeOf(spec, field), member);
    if (value === undefined) throw new DocumentRefused(id, `${field} is not of its declared type`);
    values[field] = value;
  }
  assertIdPrefix(spec, id, members);
  return values;
};

/** @throws DocumentRefused where ids begin with a field, and this one does not. */
export const assertIdPrefix = ({ idPrefix }: CollectionSpec, id: string, members: Body): void => {
  if (idPrefix !== undefined && !beginsWith(id, String(members[idPrefix])))
    throw new DocumentRefused(id, `the id does not begin with ${idPrefix}`);
};

/** The prefix, then a slash. */
const beginsWith = (id: string, prefix: string): boolean =>
  id[prefix.length] === '/' && id.startsWith(prefix);

const valueOf = (type: FieldType, member: unknown): FieldValue | undefined => {
  if (type !== 'text[]') return scalarOf(type, member);
  return Array.isArray(member) ? textsIn(member) : undefined;
};

/** Undefined for a value of another type. */
export const scalarOf = (
  type: Exclude<FieldType, 'text[]'>,
  member: unknown,
): string | number | boolean | undefined => {
  switch (type) {
    case 'text':
      return typeof member === 'string' ? member : undefined;
    case 'number':
      return typeof member === 'number' ? member : undefined;
    case 'boolean':
      return typeof member === 'boolean' ? member : undefined;
  }
};

/** `contains` asks for texts only. */
const textsIn = (list: readonly unknown[]): readonly string[] => [
  ...new Set(list.filter((element) => typeof element === 'string')),
];
