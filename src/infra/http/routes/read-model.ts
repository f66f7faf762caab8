import type { FastifyReply } from 'fastify';
import type { ListPage, PageRequest } from '../../../queries/list.ts';
import type { Lists } from '../../../queries/lists.ts';
import type { Queries } from '../../../queries/queries.ts';
import type { Position } from '../../event-store/port.ts';
import type { ListCursorCodec, ListIdentity } from '../list-cursor.ts';
import { problem } from '../problem-details.ts';
import { applyWait, preferredWait, whileConnected } from '../waiting.ts';
import { askPast, checkAlone } from './as-of.ts';
import { positionOf } from './route-deps.ts';
import type { AsOfDeps } from './route-deps.ts';

/** What routes over read models are given. */
export type ReadDeps = AsOfDeps & {
  readonly queries: Queries;
  readonly listCursor: ListCursorCodec;
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
  await awaitIn(deps, { readModel, wanted, signal, what: 'minPosition' });
};

const CATCH_UP_MS = 5000;

/**
 * Goes on once the read model reflects all that is in the log now: for commands that mean everything there is. Waits as
 * long as the caller prefers, else some seconds.
 * @throws Problem where it was not reached
 */
export const awaitEnd = async (deps: ReadDeps, reply: FastifyReply, readModel: string): Promise<void> => {
  const wanted = await deps.queries.lastPosition();
  const seconds = preferredWait(reply);
  const signal =
    seconds === undefined
      ? whileConnected(reply, deps.drain, CATCH_UP_MS)
      : applyWait(reply, seconds, deps.drain);
  await awaitIn(deps, { readModel, wanted, signal, what: 'the end of the log' });
};

type Awaited = {
  readonly readModel: string;
  readonly wanted: Position;
  readonly signal: AbortSignal;
  readonly what: string;
};

const awaitIn = async (deps: ReadDeps, { readModel, wanted, signal, what }: Awaited): Promise<void> => {
  if (await deps.queries.reached(readModel, wanted, signal)) return;
  // Without a wait nobody may have looked yet; after one, it may have come at the last moment.
  const position = await deps.queries.positionOf(readModel);
  if (position >= wanted) return;
  const members = { readModel, position: deps.cursor.encode(position) };
  throw problem('behind', `${readModel} does not reflect ${what} yet`, { members });
};

type Paging = {
  readonly sort: string;
  readonly limit: string;
  readonly cursor?: string | undefined;
  readonly minPosition?: string | undefined;
  readonly asOf?: string | undefined;
};

type List<Filters, Item> = {
  /** The read model the list is of. */
  readonly readModel: string;
  /** What tells it from other lists of the same read model. */
  readonly list?: string;
  /** `lists`: those of now, or of the moment asked for. */
  readonly read: (lists: Lists, filters: Filters, page: PageRequest) => Promise<ListPage<Item>>;
};

/** A page, its positions as cursors. @throws Problem for a cursor made for another query. */
export const answerList = async <Query extends Paging, Item extends { readonly position: Position }>(
  deps: ReadDeps,
  reply: FastifyReply,
  query: Query,
  { readModel, list = readModel, read }: List<Omit<Query, keyof Paging>, Item>,
) => {
  const { sort, limit, cursor, minPosition, asOf, ...filters } = query;
  const identity = { list, filters, sort };
  const which = pageOf(deps, identity, { sort, limit, cursor });
  const when = { readModel, minPosition, asOf };
  const page = await nowOrThen(deps, reply, when, (lists) => read(lists, filters, which));
  return {
    items: page.items.map((item) => outward(deps, item)),
    ...(page.next === undefined ? {} : { nextCursor: deps.listCursor.encode(identity, page.next) }),
    ...(page.blockedIds === undefined ? {} : { blockedIds: page.blockedIds }),
    position: deps.cursor.encode(page.position),
  };
};

type When = Pick<Paging, 'minPosition' | 'asOf'> & { readonly readModel: string };

/** Asks the lists of now, or of the moment that the query names. @throws Problem */
export const nowOrThen = async <Answer>(
  deps: ReadDeps,
  reply: FastifyReply,
  { readModel, minPosition, asOf }: When,
  ask: (lists: Lists) => Promise<Answer>,
): Promise<Answer> => {
  checkAlone({ minPosition, asOf });
  if (asOf !== undefined) return askPast(deps, reply, asOf, ask);
  await awaitPosition(deps, reply, readModel, minPosition);
  return ask(deps.queries);
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
