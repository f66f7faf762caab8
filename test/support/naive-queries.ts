import type { Condition, Query, Scalar, StoredDocument } from '../../src/infra/read-store/port.ts';

/** What queries mean, said as plainly as can be: the read store's contract compares itself with it. */
export const valueIn = ({ body }: StoredDocument, field: string): Scalar | null => {
  const value = body?.[field];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
};

export const isMatch = (document: StoredDocument, condition: Condition): boolean => {
  if (condition.op === 'contains') {
    const list = document.body?.[condition.field];
    return Array.isArray(list) && list.includes(condition.value);
  }
  const value = valueIn(document, condition.field);
  if (value === null) return false;
  switch (condition.op) {
    case 'prefix':
      return String(value).startsWith(condition.value);
    case 'in':
      return condition.value.some((one) => compare(value, one) === 0);
    case 'eq':
      return compare(value, condition.value) === 0;
    case 'lt':
      return compare(value, condition.value) < 0;
    case 'lte':
      return compare(value, condition.value) <= 0;
    case 'gt':
      return compare(value, condition.value) > 0;
    case 'gte':
      return compare(value, condition.value) >= 0;
  }
};

export const inOrder =
  ({ field, direction }: Query['sort']) =>
  (one: StoredDocument, other: StoredDocument): number => {
    const order = compare(valueIn(one, field), valueIn(other, field)) || compare(one.id, other.id);
    return direction === 'asc' ? order : -order;
  };

/** Null below everything, text by code points. */
const compare = (one: Scalar | null, other: Scalar | null): number => {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)));
  return Number(one) - Number(other);
};
