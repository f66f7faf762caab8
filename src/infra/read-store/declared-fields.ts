import { hasOperator, UndeclaredField } from './port.ts';
import type { CollectionSpec, Condition, FieldType, Scalar } from './port.ts';

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

/** The type of a condition's field. @throws UndeclaredField also where the type has no such operator. */
export const conditionType = (spec: CollectionSpec, { field, op }: Condition): FieldType => {
  const type = typeOf(spec, field);
  if (!hasOperator(type, op)) throw new UndeclaredField(`${field} is of type ${type}, which has no ${op}`);
  return type;
};

/** The value beside a field in a query. @throws UndeclaredField for a value of another type. */
export const valueOfType = <Value extends Scalar>(type: FieldType, field: string, value: Value): Value => {
  if (!isOfType(type, value)) throw new UndeclaredField(`${field} is of type ${type}, the value is not`);
  return value;
};

const isOfType = (type: FieldType, value: Scalar): boolean => {
  if (typeof value === 'string') return type.startsWith('text') && value.isWellFormed();
  return typeof value === 'number' ? type === 'number' && Number.isFinite(value) : type === 'boolean';
};
