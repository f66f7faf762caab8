import { assertIdPrefix, scalarOf } from '../field-values.ts';
import type { Row } from '../operations.ts';
import { DocumentRefused } from '../port.ts';
import type { Body, CollectionSpec, FieldType } from '../port.ts';
import { columnFields } from './field-sql.ts';

/** The columns that hold what indexes are made of, in the order in which `columnReader` gives their values. */
export const indexedColumns = (spec: CollectionSpec): readonly string[] => [
  'is_live',
  ...columnFields(spec).map((_, at) => `f${String(at)}`),
];

export type Columns = readonly (string | number | null)[];

/** Reads out of rows whether they are live, then the values of their fields. @throws DocumentRefused */
export const columnReader = (spec: CollectionSpec): ((row: Row) => Columns) => {
  const fields = Object.entries(spec.fields);
  const empty = indexedColumns(spec).map(() => null);
  return ({ id, body, value, columns }) => {
    if (columns !== undefined) return columns;
    if (body === null) return empty;
    // `rowOf` made this text from a Body.
    const members = value ?? (JSON.parse(body) as Body);
    const values: (string | number | null)[] = [1];
    for (const [field, type] of fields) {
      const found = columnValue(type, Object.hasOwn(members, field) ? members[field] : null);
      if (found === undefined) throw new DocumentRefused(id, `${field} is not of its declared type`);
      if (type !== 'text[]') values.push(found);
    }
    assertIdPrefix(spec, id, members);
    return values;
  };
};

/** Undefined for a value of another type; lists have no column. */
const columnValue = (type: FieldType, member: unknown): string | number | null | undefined => {
  if (member === null || member === undefined) return null;
  if (type === 'text[]') return Array.isArray(member) ? null : undefined;
  const value = scalarOf(type, member);
  return typeof value === 'boolean' ? Number(value) : value;
};
