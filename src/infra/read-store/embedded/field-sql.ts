import { valueOfType } from '../declared-fields.ts';
import type { FieldType, Scalar } from '../port.ts';

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
  const bound = valueOfType(type, field, value);
  return typeof bound === 'boolean' ? Number(bound) : bound;
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
