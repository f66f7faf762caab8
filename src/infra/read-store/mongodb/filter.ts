import type { Filter } from 'mongodb';
import { conditionType, valueOfType } from '../declared-fields.ts';
import type { CollectionSpec, Condition, Scalar } from '../port.ts';
import { following } from '../text-prefix.ts';
import type { StoredRow } from './stored-row.ts';
import { LIVE, pathOf } from './stored-row.ts';

export type RowFilter = Filter<StoredRow>;

/** Live documents that satisfy all conditions. @throws UndeclaredField */
export const filterOf = (spec: CollectionSpec, where: readonly Condition[]): RowFilter =>
  allOf(
    LIVE,
    where.map((condition) => conditionFilter(spec, condition)),
  );

export const allOf = (first: RowFilter, others: readonly RowFilter[]): RowFilter =>
  others.length === 0 ? first : { $and: [first, ...others] };

/** Values stand beside an operator only, never in the place of one (9.3 J). */
const conditionFilter = (spec: CollectionSpec, condition: Condition): RowFilter => {
  const type = conditionType(spec, condition);
  const { field } = condition;
  const checked = <Value extends Scalar>(value: Value): Value => valueOfType(type, field, value);
  switch (condition.op) {
    case 'in':
      return { [pathOf(field)]: { $in: condition.value.map(checked) } };
    case 'prefix':
      return { [pathOf(field)]: rangeFrom(checked(condition.value)) };
    case 'contains':
      return { [pathOf(field)]: { $eq: checked(condition.value) } };
    case 'eq':
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return { [pathOf(field)]: { [`$${condition.op}`]: checked(condition.value) } };
  }
};

/** As a range, which an index serves: from the prefix up to the next text of its length. */
const rangeFrom = (prefix: string) => {
  const next = following(prefix);
  return next === undefined ? { $gte: prefix } : { $gte: prefix, $lt: next };
};
