import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import type { CheckedRows } from './checked-rows.ts';
import { countOf, pagesOf, positionAt } from './page.ts';
import type { Page } from './page.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import { FILTERED, LOOKS_AT, WHOLE } from './selects.ts';
import { sparseReads } from './sparse.ts';

type Request = Extract<ReadRequest, { kind: 'all' }>;

/** A slice of the whole log up to `end`, the last position there is. @throws LogDamaged */
export const allReads = (
  db: DatabaseSync,
  checked: (page: Page) => CheckedRows,
): ((request: Request, end: number) => ReadReply) => {
  const whole = pagesOf(db, WHOLE);
  const filtered = pagesOf(db, FILTERED);
  const sparse = sparseReads(db);
  const ofCategories = (categories: readonly string[], { after, max }: Request, end: number) => {
    const few = sparse(categories);
    if (few !== undefined) return { page: few(after, end, max), until: end };
    const until = Math.min(end, after + LOOKS_AT);
    return { page: filtered(until - after, after, until, JSON.stringify(categories), max), until };
  };
  const unfiltered = ({ after, max }: Request, end: number) => {
    const page = whole(end - after, after, end, max);
    assertNoGap(page, after);
    return { page, until: end };
  };
  return (request, end) => {
    const { categories } = request;
    const { page, until } =
      categories === undefined ? unfiltered(request, end) : ofCategories(categories, request, end);
    const position = reachedBy(page, request, until);
    return { kind: 'all', events: checked(page), position, isEnd: position >= end };
  };
};

/** That a page of the whole log lacks no position behind `after`. @throws LogDamaged */
export const assertNoGap = (page: Page, after: number): void => {
  const count = countOf(page);
  for (let expected = after + 1, index = 0; index < count; expected += 1, index += 1)
    if (positionAt(page, index) !== expected)
      throw new LogDamaged('unknown', -1, `the event at position ${String(expected)} is missing`);
};

/** Everything up to here was looked at. */
export const reachedBy = (
  page: Page,
  { after, max }: Pick<Request, 'after' | 'max'>,
  until: number,
): number => {
  const count = countOf(page);
  return page.isCut || count === max ? positionAt(page, count - 1) : Math.max(after, until);
};
