import type { Condition, Keyset, Scalar, StoredDocument } from '../../src/infra/read-store/port.ts';

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

export const keyOf = ({ id, body }: StoredDocument, field: string): Keyset => {
  const value = body?.[field];
  return { id, value: isScalar(value) ? value : null };
};

/** Missing before everything else, text by its UTF-8 bytes. */
export const compareKeys = (a: Scalar | null, b: Scalar | null): number => {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
};

export const matches = (body: StoredDocument['body'], condition: Condition): boolean => {
  const value = body?.[condition.field];
  if (condition.op === 'contains') return Array.isArray(value) && value.includes(condition.value);
  if (condition.op === 'in') return condition.value.some((one) => one === value);
  if (typeof value !== typeof condition.value || !isScalar(value)) return false;
  if (condition.op === 'prefix') return String(value).startsWith(condition.value);
  return ordered(condition.op, compareKeys(value, condition.value));
};

const ordered = (op: 'eq' | 'lt' | 'lte' | 'gt' | 'gte', order: number): boolean => {
  if (op === 'eq') return order === 0;
  return op.startsWith('l')
    ? order < 0 || (op === 'lte' && order === 0)
    : order > 0 || (op === 'gte' && order === 0);
};
