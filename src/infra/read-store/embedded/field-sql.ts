import { valueOfType } from '../declared-fields.ts';
import type { CollectionSpec, FieldType, Scalar } from '../port.ts';

/** Whether the document is there and no tombstone: what queries see and what indexes hold. */
export const LIVE = 'is_live IS NOT NULL';

/** The fields that have a column of their own: all but lists. */
export const columnFields = ({ fields }: CollectionSpec): readonly string[] =>
  Object.keys(fields).filter((field) => fields[field] !== 'text[]');

/** The column of a declared field, null where it is absent. Numbered: names of columns know no upper case. */
export const fieldSql = (spec: CollectionSpec, field: string): string =>
  `f${String(columnFields(spec).indexOf(field))}`;

const COLUMN_TYPES: Readonly<Record<FieldType, string>> = {
  text: 'TEXT',
  number: 'REAL',
  boolean: 'INTEGER',
  'text[]': '',
};

/** Name and type of each field's column, in their order. */
export const columnDefinitions = (spec: CollectionSpec): readonly string[] =>
  columnFields(spec).map((field) => `${fieldSql(spec, field)} ${COLUMN_TYPES[spec.fields[field] ?? 'text']}`);

/** What binds to a parameter beside the field. @throws UndeclaredField for a value of another type. */
export const boundValue = (type: FieldType, field: string, value: Scalar): string | number =>
  held(valueOfType(type, field, value));

const held = (value: Scalar): string | number => (typeof value === 'boolean' ? Number(value) : value);
