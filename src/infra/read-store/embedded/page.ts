import { scalarTypeOf } from '../declared-fields.ts';
import { START } from '../../event-store/port.ts';
import type { Query } from '../port.ts';
import type { Sql } from './condition-sql.ts';
import { whereSql } from './condition-sql.ts';
import type { Connection } from './connection.ts';
import { ROW_COLUMNS, storedRow } from './document-rows.ts';
import { boundValue, fieldSql } from './field-sql.ts';
import type { Row, RowPage } from '../operations.ts';
import type { OpenSlot } from './slots.ts';
import { documentsOf } from './slots.ts';

const MOST = 500;

/** @throws UndeclaredField, RangeError */
export const pageOf = ({ prepare }: Connection, slot: OpenSlot, query: Query): RowPage => {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new RangeError(`limit ${limit}`);
  const where = whereSql(slot, query.where);
  const rows: Row[] = [];
  for (const range of rangesOf(slot, query)) {
    const text = `SELECT ${ROW_COLUMNS} FROM ${documentsOf(slot)}
      WHERE ${where.text} AND ${range.text} ORDER BY ${range.order} LIMIT ?`;
    // One more than asked for tells whether this is the end.
    const wanted = limit + 1 - rows.length;
    rows.push(
      ...prepare(text)
        .all(...where.values, ...range.values, wanted)
        .map(storedRow),
    );
    if (rows.length > limit) break;
  }
  return { rows: rows.slice(0, limit), isEnd: rows.length <= limit, position: slot.checkpoint ?? START };
};

/** Part of a page's order, in which nothing but an index decides. */
type Range = Sql & { readonly order: string };

const rangesOf = ({ spec }: OpenSlot, { sort, after }: Query): readonly Range[] => {
  const type = scalarTypeOf(spec, sort.field);
  const field = fieldSql(spec, sort.field);
  const [direction, beyond] = sort.direction === 'asc' ? ['ASC', '>'] : ['DESC', '<'];
  const bySortField = `${field} ${direction}, id ${direction}`;
  if (after === undefined) return [{ text: 'true', values: [], order: bySortField }];
  const value = after.value === null ? null : boundValue(type, sort.field, after.value);
  // All of one value: by id alone, else the engine sorts what the index has in order already.
  const tied = (text: string, values: Sql['values']): Range => ({
    text,
    values,
    order: `id ${direction}`,
  });
  if (value === null) {
    const absent = tied(`${field} IS NULL AND id ${beyond} ?`, [after.id]);
    const present = { text: `${field} IS NOT NULL`, values: [], order: bySortField };
    return sort.direction === 'asc' ? [absent, present] : [absent];
  }
  const present = [
    tied(`${field} = ? AND id ${beyond} ?`, [value, after.id]),
    { text: `${field} ${beyond} ?`, values: [value], order: bySortField },
  ];
  return sort.direction === 'asc' ? present : [...present, tied(`${field} IS NULL`, [])];
};
