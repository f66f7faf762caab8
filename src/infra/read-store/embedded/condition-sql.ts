import { UndeclaredField } from '../port.ts';
import type { Condition, FieldType, Scalar } from '../port.ts';
import { boundValue, fieldSql, typeOf } from './field-sql.ts';
import type { OpenSlot } from './slots.ts';
import { elementsOf } from './slots.ts';

/** A piece of SQL with the values of its parameters. */
export type Sql = { readonly text: string; readonly values: readonly (string | number)[] };

const COMPARISONS = { eq: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** Live documents that satisfy all conditions. @throws UndeclaredField */
export const whereSql = (slot: OpenSlot, where: readonly Condition[]): Sql => {
  const parts = where.map((condition) => conditionSql(slot, condition));
  return {
    text: ['body IS NOT NULL', ...parts.map(({ text }) => text)].join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
};

const conditionSql = (slot: OpenSlot, condition: Condition): Sql => {
  const { field, op } = condition;
  const type = typeOf(slot.spec, field);
  if (!isDeclaredFor(type, op)) throw new UndeclaredField(`${field} is of type ${type}, which has no ${op}`);
  const sql = fieldSql(type, field);
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
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return { text: `${sql} ${COMPARISONS[condition.op]} ?`, values: [bound(condition.value)] };
  }
};

const isDeclaredFor = (type: FieldType, op: Condition['op']): boolean => {
  if (op === 'contains' || type === 'text[]') return op === 'contains' && type === 'text[]';
  return op !== 'prefix' || type === 'text';
};

/** As a range, which an index serves: from the prefix up to the next text of its length. */
const prefixSql = (sql: string, prefix: string): Sql => {
  const next = following(prefix);
  if (next === undefined) return { text: `${sql} >= ?`, values: [prefix] };
  return { text: `${sql} >= ? AND ${sql} < ?`, values: [prefix, next] };
};

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/** The first text, by code points, behind everything that starts with the prefix. */
const following = (prefix: string): string | undefined => {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1);
};

const containsSql = (slot: OpenSlot, field: string): string => {
  const isIndexed = slot.isSealed && slot.spec.indexes.some(([first]) => first === field);
  if (isIndexed) return `id IN (SELECT id FROM ${elementsOf(slot, field)} WHERE value = ?)`;
  return `EXISTS (SELECT 1 FROM json_each(body, '$.${field}') AS element WHERE ${textElement} AND element.value = ?)`;
};

/** An object's `value` is its JSON text, which could equal a string. */
export const textElement = "element.type = 'text'";
