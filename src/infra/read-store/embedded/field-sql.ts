import { UndeclaredField } from '../port.ts';
import type { CollectionSpec, FieldType, Scalar } from '../port.ts';

/** The type of a declared field. @throws UndeclaredField */
export const typeOf = ({ name, fields }: CollectionSpec, field: string): FieldType => {
  const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (type === undefined) throw new UndeclaredField(`${name} does not declare ${field}`);
  return type;
};

/** A declared scalar field for sorting and counting. @throws UndeclaredField also for a `text[]`. */
export const scalarTypeOf = (spec: CollectionSpec, field: string): FieldType => {
  const type = typeOf(spec, field);
  if (type === 'text[]') throw new UndeclaredField(`${spec.name}: ${field} is a text[], which has no order`);
  return type;
};

/**
 * A field's value in SQL, null where it is absent. An index serves a query only where both spell it the same.
 * Numbers are cast, because JSON integers above 2⁵³ would be read with more digits than a double has.
 */
export const fieldSql = (type: FieldType, field: string): string => {
  const value = `json_extract(body, '$.${field}')`;
  return type === 'number' ? `CAST(${value} AS REAL)` : value;
};

/** What binds to a parameter beside the field. @throws UndeclaredField for a value of another type. */
export const boundValue = (type: FieldType, field: string, value: Scalar): string | number => {
  if (!isOfType(type, value)) throw new UndeclaredField(`${field} is of type ${type}, the value is not`);
  return typeof value === 'boolean' ? Number(value) : value;
};

const isOfType = (type: FieldType, value: Scalar): boolean => {
  if (typeof value === 'string') return type.startsWith('text') && value.isWellFormed();
  return typeof value === 'number' ? type === 'number' && Number.isFinite(value) : type === 'boolean';
};

const JSON_TYPES: Readonly<Record<FieldType, string>> = {
  text: "'text'",
  number: "'integer', 'real'",
  boolean: "'true', 'false'",
  'text[]': "'array'",
};

/** A constraint named after the field: a document's value is of the declared type, null or absent. */
export const typeCheck = (type: FieldType, field: string): string =>
  `CONSTRAINT "${field}" CHECK (coalesce(json_type(body, '$.${field}'), 'null') IN ('null', ${JSON_TYPES[type]}))`;
