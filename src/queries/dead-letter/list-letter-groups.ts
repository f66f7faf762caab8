import type { Condition, ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS } from '../../projections/dead-letters/read-model.ts';
import type { LetterGroup, LetterRow } from '../../projections/dead-letters/read-model.ts';
import { bodiesIn } from '../list.ts';
import { letterIn, lettersWhere, summaryOf } from './list-letters.ts';
import type { LetterFilter } from './list-letters.ts';

/** The groups with the most letters; the counts of `total` are of all of them. */
const SHOWN = 100;

/** Letters by what is wrong with them: how many, the first, the latest. The largest group first. */
export const listLetterGroups = (store: ReadStore) => async (filter: LetterFilter) => {
  const where = lettersWhere(filter);
  const { counts, position } = await store.countBy(DEAD_LETTERS, 'fingerprint', where);
  const largest = counts
    .map(({ value, count }) => ({ fingerprint: String(value), count }))
    .sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
    .slice(0, SHOWN);
  const found = await Promise.all(largest.map((group) => groupOf(store, where, group)));
  return { items: found.flat(), total: counts.length, position };
};

type Counted = { readonly fingerprint: string; readonly count: number };

/** Empty where the group's last letter has left it since it was counted. */
const groupOf = async (
  store: ReadStore,
  where: readonly Condition[],
  { fingerprint, count }: Counted,
): Promise<readonly LetterGroup[]> => {
  const own = [...where.filter(({ field }) => field !== 'fingerprint'), equalTo(fingerprint)];
  const [first, last] = await Promise.all([outermost(store, own, 'asc'), outermost(store, own, 'desc')]);
  if (first === undefined || last === undefined) return [];
  const { position } = last;
  const times = { first: first.parkedAt, last: last.parkedAt };
  return [{ fingerprint, count, ...times, example: summaryOf(last), position }];
};

const equalTo = (fingerprint: string): Condition => ({ field: 'fingerprint', op: 'eq', value: fingerprint });

const outermost = async (
  store: ReadStore,
  where: readonly Condition[],
  direction: 'asc' | 'desc',
): Promise<LetterRow | undefined> => {
  const { documents } = await store.find(DEAD_LETTERS, {
    where,
    sort: { field: 'parkedAt', direction },
    limit: 1,
  });
  const [body] = bodiesIn(documents);
  return body && letterIn(body);
};
