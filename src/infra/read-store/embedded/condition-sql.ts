import { conditionType } from '../declared-fields.ts';
import type { Condition, Scalar } from '../port.ts';
import { following } from '../text-prefix.ts';
import { boundValue, fieldSql, LIVE } from './field-sql.ts';
import type { OpenSlot } from './slots.ts';
import { elementsOf } from './slots.ts';

/** A piece of SQL with the values of its parameters. */
export type Sql = { readonly text: string; readonly values: readonly (string | number)[] };

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** Live documents that satisfy all conditions. @throws UndeclaredField */
export const whereSql = (slot: OpenSlot, where: readonly Condition[]): Sql => {
  const parts = where.map((condition) => conditionSql(slot, condition));
  return {
    text: [LIVE, ...parts.map(({ text }) => text)].join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
};

const conditionSql = (slot: OpenSlot, condition: Condition): Sql => {
  const { field } = condition;
  const type = conditionType(slot.spec, condition);
  const sql = fieldSql(slot.spec, field);
  const bound = (value: Scalar): string | number => boundValue(type, field, value);
  switch (condition.op) {
    case 'in':
      return {
        text: `${sql} IN (${condition.value.map(() => '?').join(', ')})`,
        values: condition.value.map(bound),
      };
    case 'prefix':
      return prefixSql(sql, String(bound(condition.value)));
    case 'contains':
      return { text: containsSql(slot, field), values: [bound(condition.value)] };
    case 'eq':
      return field === slot.spec.idPrefix
        ? ofPrefixSql(sql, String(bound(condition.value)))
        : { text: `${sql} = ?`, values: [bound(condition.value)] };
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return { text: `${sql} ${COMPARISONS[condition.op]} ?`, values: [bound(condition.value)] };
  }
};

/** As a range, which an index serves: from the prefix up to the next text of its length. */
const prefixSql = (sql: string, prefix: string): Sql => {
  const next = following(prefix);
  if (next === undefined) return { text: `${sql} >= ?`, values: [prefix] };
  return { text: `${sql} >= ? AND ${sql} < ?`, values: [prefix, next] };
};

/** The ids that begin with the value and a slash, which the character after the slash ends. */
const ofPrefixSql = (sql: string, value: string): Sql => ({
  text: `${sql} = ? AND id > ? AND id < ?`,
  values: [value, `${value}/`, `${value}0`],
});

const containsSql = (slot: OpenSlot, field: string): string => {
  const isIndexed = slot.isSealed && slot.spec.indexes.some(([first]) => first === field);
  if (isIndexed) return `id IN (SELECT id FROM ${elementsOf(slot, field)} WHERE value = ?)`;
  return `EXISTS (SELECT 1 FROM json_each(body, '$.${field}') AS element WHERE ${textElement} AND element.value = ?)`;
};

/** An object's `value` is its JSON text, which could equal a string. */
export const textElement = "element.type = 'text'";
