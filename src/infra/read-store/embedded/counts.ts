import { scalarTypeOf } from '../declared-fields.ts';
import type { SQLOutputValue } from 'node:sqlite';
import { START } from '../../event-store/port.ts';
import type { Condition, FieldType, Scalar } from '../port.ts';
import { whereSql } from './condition-sql.ts';
import type { Connection } from './connection.ts';
import { numberIn } from './document-rows.ts';
import { fieldSql } from './field-sql.ts';
import type { Counts } from '../operations.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf } from './slots.ts';

/** @throws UndeclaredField */
export const countsBy = (
  { prepare }: Connection,
  slot: OpenSlot,
  field: string,
  conditions: readonly Condition[],
): Counts => {
  const type = scalarTypeOf(slot.spec, field);
  const where = whereSql(slot, conditions);
  const text = `SELECT ${fieldSql(slot.spec, field)} AS value, count(*) AS count FROM ${documentsOf(slot)} WHERE ${where.text} GROUP BY 1 ORDER BY 1`;
  const counts = prepare(text)
    .all(...where.values)
    .map((row) => ({ value: scalarOf(type, row['value']), count: numberIn(row, 'count') }));
  return { counts, position: slot.checkpoint ?? START };
};

const scalarOf = (type: FieldType, value: SQLOutputValue | undefined): Scalar | null => {
  if (type === 'boolean' && value !== null) return value === 1;
  return typeof value === 'string' || typeof value === 'number' ? value : null;
};
