import type { FastifyReply } from 'fastify';
import type { ListPage, PageRequest } from '../../../queries/list.ts';
import type { Queries } from '../../../queries/queries.ts';
import type { Position } from '../../event-store/port.ts';
import type { CursorCodec } from '../cursor.ts';
import type { ListCursorCodec, ListIdentity } from '../list-cursor.ts';
import { problem } from '../problem-details.ts';
import { applyWait, preferredWait } from '../waiting.ts';
import { positionOf } from './route-deps.ts';

/** What routes over read models are given. */
export type ReadDeps = {
  readonly queries: Queries;
  readonly cursor: CursorCodec;
  readonly listCursor: ListCursorCodec;
  /** Aborts when the server begins to shut down. */
  readonly drain: AbortSignal;
};

/**
 * Goes on once the read model reflects `minPosition`, waiting as long as the caller prefers.
 * @throws Problem for a cursor that is none, another log's, or one that was not reached.
 */
export const awaitPosition = async (
  deps: ReadDeps,
  reply: FastifyReply,
  readModel: string,
  minPosition: string | undefined,
): Promise<void> => {
  if (minPosition === undefined) return;
  const wanted = positionOf(deps.cursor, minPosition);
  const seconds = preferredWait(reply);
  const signal = seconds === undefined ? AbortSignal.abort() : applyWait(reply, seconds, deps.drain);
  if (await deps.queries.reached(readModel, wanted, signal)) return;
  // Without a wait nobody may have looked yet; after one, it may have come at the last moment.
  const position = await deps.queries.positionOf(readModel);
  if (position < wanted) throw behind(deps, readModel, position);
};

const behind = ({ cursor }: ReadDeps, readModel: string, position: Position) =>
  problem('behind', `${readModel} does not reflect minPosition yet`, {
    members: { readModel, position: cursor.encode(position) },
  });

type Paging = {
  readonly sort: string;
  readonly limit: string;
  readonly cursor?: string | undefined;
  readonly minPosition?: string | undefined;
};

type List<Item> = {
  /** The read model the list is of. */
  readonly readModel: string;
  /** What tells it from other lists of the same read model. */
  readonly list: string;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly paging: Paging;
  readonly read: (page: PageRequest) => Promise<ListPage<Item>>;
};

/** A page, its positions as cursors. @throws Problem for a cursor made for another query. */
export const answerList = async <Item extends { readonly position: Position }>(
  deps: ReadDeps,
  reply: FastifyReply,
  { readModel, list, filters, paging, read }: List<Item>,
) => {
  await awaitPosition(deps, reply, readModel, paging.minPosition);
  const identity = { list, filters, sort: paging.sort };
  const page = await read(pageOf(deps, identity, paging));
  return {
    items: page.items.map((item) => outward(deps, item)),
    ...(page.next === undefined ? {} : { nextCursor: deps.listCursor.encode(identity, page.next) }),
    position: deps.cursor.encode(page.position),
  };
};

/** With its position as a cursor. */
export const outward = <Item extends { readonly position: Position }>(
  { cursor }: Pick<ReadDeps, 'cursor'>,
  item: Item,
): Item => ({ ...item, position: cursor.encode(item.position) });

const pageOf = (deps: ReadDeps, identity: ListIdentity, { sort, limit, cursor }: Paging): PageRequest => {
  const isDescending = sort.startsWith('-');
  const order = {
    field: isDescending ? sort.slice(1) : sort,
    direction: isDescending ? ('desc' as const) : ('asc' as const),
  };
  const after = cursor === undefined ? undefined : deps.listCursor.decode(identity, cursor);
  if (cursor !== undefined && after === undefined)
    throw problem('bad_cursor', 'cursor was not made for this list, these filters and this sort');
  return { sort: order, limit: Number(limit), ...(after === undefined ? {} : { after }) };
};
