import type { Sort } from 'mongodb';
import { START } from '../../event-store/port.ts';
import type { MongoConnection } from '../../mongodb/connect.ts';
import { scalarTypeOf, valueOfType } from '../declared-fields.ts';
import type { Counts, Row, RowPage } from '../operations.ts';
import type { Condition, Query, Scalar } from '../port.ts';
import type { RowFilter } from './filter.ts';
import { allOf, filterOf } from './filter.ts';
import type { OpenSlot } from './slots.ts';
import { pathOf, rowOfStored } from './stored-row.ts';

const MOST = 500;
const WITHIN = { maxTimeMS: 5000 } as const;

type Run = MongoConnection['run'];

/** @throws UndeclaredField, RangeError */
export const pageOf = async (run: Run, slot: OpenSlot, query: Query): Promise<RowPage> => {
  const { limit } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST) throw new RangeError(`limit ${limit}`);
  const where = filterOf(slot.spec, query.where);
  const rows: Row[] = [];
  for (const range of rangesOf(slot, query)) {
    // One more than asked for tells whether this is the end.
    const wanted = limit + 1 - rows.length;
    const options = { ...WITHIN, projection: { f: 0 }, sort: range.sort, limit: wanted, batchSize: wanted };
    const found = await run(() => slot.documents.find(allOf(where, range.filters), options).toArray());
    rows.push(...found.map(rowOfStored));
    if (rows.length > limit) break;
  }
  return { rows: rows.slice(0, limit), isEnd: rows.length <= limit, position: slot.checkpoint ?? START };
};

/** Part of a page's order, in which nothing but an index decides. */
type Range = { readonly filters: readonly RowFilter[]; readonly sort: Sort };

const rangesOf = ({ spec }: OpenSlot, { sort, after }: Query): readonly Range[] => {
  const type = scalarTypeOf(spec, sort.field);
  const path = pathOf(sort.field);
  const [step, beyond] = sort.direction === 'asc' ? ([1, '$gt'] as const) : ([-1, '$lt'] as const);
  const bySortField: Sort = { [path]: step, _id: step };
  if (after === undefined) return [{ filters: [], sort: bySortField }];
  const value = after.value === null ? null : valueOfType(type, sort.field, after.value);
  // All of one value: by id alone. Null stands for absent.
  const tied = (filter: RowFilter, ...more: RowFilter[]): Range => ({
    filters: [filter, ...more],
    sort: { _id: step },
  });
  const absent: RowFilter = { [path]: { $eq: null } };
  const behindId: RowFilter = { _id: { [beyond]: after.id } };
  if (value === null) {
    const present = { filters: [{ [path]: { $ne: null } }], sort: bySortField };
    return sort.direction === 'asc' ? [tied(absent, behindId), present] : [tied(absent, behindId)];
  }
  const present = [
    tied({ [path]: { $eq: value } }, behindId),
    { filters: [{ [path]: { [beyond]: value } }], sort: bySortField },
  ];
  return sort.direction === 'asc' ? present : [...present, tied(absent)];
};

/** @throws UndeclaredField */
export const countsBy = async (
  run: Run,
  slot: OpenSlot,
  field: string,
  where: readonly Condition[],
): Promise<Counts> => {
  scalarTypeOf(slot.spec, field);
  const stages = [
    { $match: filterOf(slot.spec, where) },
    { $group: { _id: `$${pathOf(field)}`, count: { $sum: 1 } } },
    { $sort: { _id: 1 } },
  ];
  const grouped = await run(() =>
    slot.documents.aggregate<{ _id: Scalar | null; count: number }>(stages, WITHIN).toArray(),
  );
  const counts = grouped.map(({ _id, count }) => ({ value: _id, count }));
  return { counts, position: slot.checkpoint ?? START };
};
