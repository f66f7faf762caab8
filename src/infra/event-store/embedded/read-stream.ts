import type { DatabaseSync } from 'node:sqlite';
import { LogDamaged } from '../errors.ts';
import type { CheckedRows } from './checked-rows.ts';
import { countOf, emptyPage, pagesOf, revisionAt } from './page.ts';
import type { Page } from './page.ts';
import type { ReadReply, ReadRequest } from './protocol.ts';
import { numberIn } from './row.ts';
import { BACKWARDS, FORWARDS } from './selects.ts';

type Request = Extract<ReadRequest, { kind: 'stream' }>;

/** A slice of one stream. @throws LogDamaged where a revision is missing or is not what was written. */
export const streamReads = (
  db: DatabaseSync,
  checked: (page: Page) => CheckedRows,
): ((request: Request) => ReadReply) => {
  const find = db.prepare('SELECT id, head FROM streams WHERE name = ?');
  const forwards = pagesOf(db, FORWARDS);
  const backwards = pagesOf(db, BACKWARDS);
  return (request) => {
    const stream = find.get(request.stream);
    if (stream === undefined) return { kind: 'stream', events: checked(emptyPage()), head: -1 };
    const head = numberIn(stream['head']);
    const isForwards = request.direction === 'forwards';
    const { first, left } = rangeOf(request, head);
    const page = (isForwards ? forwards : backwards)(left, numberIn(stream['id']), first, request.max);
    const revisionOf = (index: number): number => (isForwards ? first + index : first - index);
    const gap = gapIn(page, revisionOf, page.isCut ? 0 : Math.min(request.max, left));
    if (gap !== undefined) throw new LogDamaged(request.stream, gap, 'the event is missing');
    return { kind: 'stream', events: checked(page), head };
  };
};

/** The first revision that the page lacks, of as many as there are at least. */
const gapIn = (page: Page, revisionOf: (index: number) => number, least: number): number | undefined => {
  const count = countOf(page);
  for (let index = 0; index < count; index += 1)
    if (revisionAt(page, index) !== revisionOf(index)) return revisionOf(index);
  return count < least ? revisionOf(count) : undefined;
};

/** The first revision of the slice, and how many there are from there on. */
const rangeOf = ({ from, direction }: Request, head: number): { first: number; left: number } => {
  const start = from === 'end' ? head : from;
  if (direction === 'forwards') return { first: start, left: Math.max(0, head - start + 1) };
  const first = Math.min(start, head);
  return { first, left: first + 1 };
};
