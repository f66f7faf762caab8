import { z } from 'zod';
import type { Position } from '../infra/event-store/port.ts';
import type {
  Body,
  Condition,
  Keyset,
  Page,
  Query,
  ReadStore,
  Scalar,
  StoredDocument,
} from '../infra/read-store/port.ts';

/** Which page, of what order. `limit`: 1 to 500. */
export type PageRequest = Pick<Query, 'sort' | 'after' | 'limit'>;

export type ListPage<Item> = {
  readonly items: readonly Item[];
  /** Where to continue; absent at the end. */
  readonly next?: Keyset;
  /** The read model reflects every event up to here. */
  readonly position: Position;
} & Blocked;

/** Documents of a page that are as they were before an event that could not be folded; absent where there are none. */
export type Blocked = { readonly blockedIds?: readonly string[] };

export const blockedAmong = (documents: readonly StoredDocument[]): Blocked => {
  const blockedIds = documents.flatMap(({ id, blocked }) => (blocked === null ? [] : [id]));
  return blockedIds.length === 0 ? {} : { blockedIds };
};

/** All pages of a query, one after the other. */
export async function* everyPage(
  store: Pick<ReadStore, 'find'>,
  name: string,
  query: Omit<Query, 'after'>,
): AsyncGenerator<Page> {
  for (let after: Keyset | undefined; ;) {
    const page = await store.find(name, { ...query, ...(after === undefined ? {} : { after }) });
    yield page;
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** What is there of these documents: some may be deleted. */
export const bodiesIn = (documents: readonly StoredDocument[]): readonly Body[] =>
  documents.flatMap(({ body }) => (body === null ? [] : [body]));

/** A document that an earlier version of its read model has left: it is served until it is made anew, where it can be read. */
class OtherForm extends Error {
  override readonly name = 'OtherForm';
}

/** @throws OtherForm for a document that has not the form of this version; what else went wrong, as it is. */
export const toldOtherForm = (error: unknown): never => {
  if (!(error instanceof z.ZodError)) throw error;
  throw new OtherForm('a document of the read model has not the form of this version', { cause: error });
};

/** A page of a collection, each document as `itemOf` reads it. @throws OtherForm */
export const listOf = async <Item>(
  store: ReadStore,
  name: string,
  query: Query,
  itemOf: (body: Body) => Item | Promise<Item>,
): Promise<ListPage<Item>> => {
  const { documents, ...rest } = await store.find(name, query);
  const read = async (body: Body): Promise<Item> => itemOf(body);
  const items = await Promise.all(bodiesIn(documents).map((body) => read(body).catch(toldOtherForm)));
  return { items, ...rest, ...blockedAmong(documents) };
};

/** How many documents there are per value of a field; values nobody has count 0 where they are named. */
export const countsOf = async (
  store: ReadStore,
  name: string,
  by: { readonly field: string; readonly values: readonly string[] },
  where: readonly Condition[] = [],
) => {
  const { counts, position } = await store.countBy(name, by.field, where);
  const none = by.values.map((value) => [value, 0] as const);
  const found = counts.map(({ value, count }) => [String(value), count] as const);
  const total = totalOf(counts);
  return { counts: Object.fromEntries([...none, ...found]), total, position };
};

export const totalOf = (counts: readonly { readonly count: number }[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0);

type Given<Value> = Value | undefined;

/** No condition where nothing was asked for. */
export const equal = (field: string, value: Given<Scalar>): readonly Condition[] =>
  value === undefined ? [] : [{ field, op: 'eq', value }];

export const among = (field: string, value: readonly string[]): Condition => ({ field, op: 'in', value });

export const has = (field: string, value: Given<string>): readonly Condition[] =>
  value === undefined ? [] : [{ field, op: 'contains', value }];

export const startsWith = (field: string, value: Given<string>): readonly Condition[] =>
  value === undefined ? [] : [{ field, op: 'prefix', value }];

/** From the first time on, and before the second one. */
export const within = (field: string, from: Given<string>, to: Given<string>): readonly Condition[] => [
  ...(from === undefined ? [] : [{ field, op: 'gte', value: from } as const]),
  ...(to === undefined ? [] : [{ field, op: 'lt', value: to } as const]),
];
