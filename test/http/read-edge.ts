// The edge over read models made from events a test writes down.
import type { FastifyInstance } from 'fastify';
import type { QueryDeps } from '../../src/queries/queries.ts';
import { logOf, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { edge } from './edge.ts';

export type Answer = { readonly status: number; readonly body: Record<string, unknown> };

export const readEdge = async (written: readonly Written[], deps: Partial<QueryDeps> = {}) => {
  const { queries, readStore } = await queriesOver(logOf(...written), deps);
  const app = await edge({}, { queries });
  return { app, readStore, get: getter(app) };
};

export const getter =
  (app: FastifyInstance) =>
  async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> => {
    const response = await app.inject({ url, headers });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };

/** A member of every item of a list's answer. */
export const each = ({ body }: Answer, member: string): unknown[] => {
  const items = body['items'];
  if (!Array.isArray(items)) throw new Error(`no list: ${JSON.stringify(body)}`);
  return items.map((item: Readonly<Record<string, unknown>>) => item[member]);
};

/** All pages of a list, one member of each item. */
export const walk = async (
  get: ReturnType<typeof getter>,
  url: string,
  member: string,
): Promise<unknown[]> => {
  const found: unknown[] = [];
  for (let cursor = ''; ;) {
    const answer = await get(`${url}${cursor}`);
    found.push(...each(answer, member));
    const next = answer.body['nextCursor'];
    if (typeof next !== 'string') return found;
    cursor = `&cursor=${next}`;
  }
};

/** What every list refuses, as the query it is asked with. */
export const REFUSED = [
  ...['limit=0', 'limit=-1', 'limit=501', 'limit=1e2', 'limit=NaN', 'limit=[]', 'limit=', 'limit=1&limit=2'],
  ...['sort=__proto__', 'sort=nope', 'sort=', 'offset=1', 'cursor=', '__proto__=1', 'limit[$gt]=1'],
  ...['minPosition=', `cursor=${'a'.repeat(2001)}`],
];
