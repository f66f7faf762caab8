import { hasOperator } from '../read-store/port.ts';
import type { Body, CollectionSpec, Condition, FieldType, Scalar } from '../read-store/port.ts';

/** What is wrong with the first condition that a collection cannot be asked with; undefined where none is. */
export const flawIn = ({ name, fields }: CollectionSpec, where: readonly Condition[]): string | undefined => {
  for (const { field, op, value } of where) {
    const type = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (type === undefined) return `${name} does not declare ${field}`;
    if (!hasOperator(type, op)) return `${field} is of type ${type}, which has no ${op}`;
    const values = typeof value === 'object' ? value : [value];
    if (!values.every((one) => isOfType(type, one))) return `${field} is of type ${type}, the value is not`;
  }
  return undefined;
};

const isOfType = (type: FieldType, value: Scalar): boolean => {
  if (typeof value === 'string') return type.startsWith('text') && value.isWellFormed();
  return typeof value === type;
};

/** Whether a read store would find a document by these conditions, which it has accepted: `flawIn` found none. */
export const isFoundBy = (where: readonly Condition[], body: Body): boolean =>
  where.every((condition) => isMet(condition, body[condition.field]));

const isMet = (condition: Condition, value: unknown): boolean => {
  switch (condition.op) {
    case 'contains':
      return Array.isArray(value) && value.includes(condition.value);
    case 'in':
      return condition.value.some((one) => one === value);
    case 'prefix':
      return typeof value === 'string' && value.startsWith(condition.value);
    case 'eq':
      return value === condition.value;
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return isOrdered(condition.op, compared(value, condition.value));
  }
};

const isOrdered = (op: 'lt' | 'lte' | 'gt' | 'gte', order: number | undefined): boolean => {
  if (order === undefined) return false;
  if (order === 0) return op === 'lte' || op === 'gte';
  return order < 0 ? op.startsWith('l') : op.startsWith('g');
};

/** Undefined where the document has no such value. Text is ordered by code point, as its UTF-8 bytes are. */
const compared = (value: unknown, other: Scalar): number | undefined => {
  if (typeof value === 'string' && typeof other === 'string')
    return Buffer.compare(Buffer.from(value), Buffer.from(other));
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  return isPlain ? Number(value) - Number(other) : undefined;
};

/**
 * The field to walk the documents by: what an index has in order behind fields that are fixed, as a list's own
 * order would be. @throws RangeError for a collection without anything to order by.
 */
export const walkedBy = ({ name, fields, indexes }: CollectionSpec, where: readonly Condition[]): string => {
  const fixed = new Set(where.filter(({ op }) => op === 'eq').map(({ field }) => field));
  const others = Object.keys(fields).map((field) => [field]);
  const found = [...indexes, ...others]
    .map((index) => behindFixed(index, fixed))
    .filter(({ field }) => fields[field] !== 'text[]')
    .reduce<Walk | undefined>((best, one) => (best && best.fixed >= one.fixed ? best : one), undefined);
  if (found === undefined) throw new RangeError(`${name} has no field to order by`);
  return found.field;
};

type Walk = { readonly field: string; readonly fixed: number };

const behindFixed = (index: readonly string[], fixed: ReadonlySet<string>): Walk => {
  const open = index.findIndex((field) => !fixed.has(field));
  return open === -1
    ? { field: index.at(-1) ?? '', fixed: index.length }
    : { field: index[open] ?? '', fixed: open };
};
