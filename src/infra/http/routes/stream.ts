import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { STREAM_NAME } from '../../../domain/names.ts';
import type { StreamPage } from '../../../queries/stream/get-stream.ts';
import type { Queries } from '../../../queries/queries.ts';
import { ownOnly } from '../caller.ts';
import type { CursorCodec } from '../cursor.ts';
import { problem } from '../problem-details.ts';
import { answerLines, LINES, STREAMING, wantsLines } from '../lines.ts';
import { tellDamage } from '../tell-damage.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { limitUpTo } from './query-parameters.ts';
import { reflected } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const MAX_LIMIT = 1000;
const PAGE = 500;
const streamName = z.string().regex(STREAM_NAME, 'must be <category>-<id>');
const revision = z.string().regex(/^(?:0|[1-9]\d{0,14})$/, 'must be a revision, or end');

const query = z
  .strictObject({
    from: z
      .union([z.literal('end'), revision])
      .optional()
      .meta({ description: 'A revision, or `end`: that one only backwards.' }),
    direction: z.enum(['forwards', 'backwards']).default('forwards'),
    limit: limitUpTo(MAX_LIMIT).optional(),
    ...schemas.minPosition,
  })
  .refine(({ from, direction }) => from !== 'end' || direction === 'backwards', {
    path: ['from'],
    message: 'end can only be read backwards',
  });

type StreamRouteDeps = RouteDeps & { readonly queries: Pick<Queries, 'ownerOfStream'> };
type Direction = 'forwards' | 'backwards';

/** The events of one stream, for auditors: a page as JSON, or all that follow as lines. */
export const streamRoutes = (app: App, deps: StreamRouteDeps): void => {
  const schema = {
    ...operation('streams', 'The events of a stream as they are stored', schemas.streamAnswer),
    params: z.strictObject({ stream: streamName }),
    querystring: query,
    produces: ['application/json', LINES],
  };
  app.get(
    '/api/v1/streams/:stream',
    { ...needs('stream:read'), ...STREAMING, schema },
    async (request, reply) => {
      const { stream } = request.params;
      const { from, direction, limit, minPosition } = request.query;
      await checkOwn(deps, request, stream);
      const { position } = await reflected(deps, minPosition);
      const asLines = wantsLines(reply);
      const first = {
        from: startOf(from, direction),
        direction,
        limit: asLines ? PAGE : Number(limit ?? '100'),
      };
      const reading = deps.handlers.getStream(stream, first);
      const page = await (ownOnly(request) === undefined ? reading.catch(tellDamage) : reading);
      if (page === undefined) throw unknownStream(stream);
      if (!asLines) return { position, ...outwardPage(deps.cursor, page) };
      const most = limit === undefined ? Infinity : Number(limit);
      const pages = following(deps, stream, direction, page);
      return answerLines(reply, pages, { most, drain: deps.drain, cursor: deps.cursor });
    },
  );
};

/** Whoever sees only what is their own finds no other stream. */
const checkOwn = async (
  { queries }: StreamRouteDeps,
  request: FastifyRequest,
  stream: string,
): Promise<void> => {
  const own = ownOnly(request);
  if (own !== undefined && (await queries.ownerOfStream(stream)) !== own) throw unknownStream(stream);
};

const unknownStream = (stream: string) => problem('unknown_stream', `Stream not found: ${stream}`);

const startOf = (from: string | undefined, direction: Direction): number | 'end' => {
  const start = from ?? (direction === 'backwards' ? 'end' : '0');
  return start === 'end' ? 'end' : Number(start);
};

/** The items of a page and of all behind it. */
async function* following(
  { handlers }: RouteDeps,
  stream: string,
  direction: Direction,
  first: StreamPage,
): AsyncGenerator<StreamPage['items']> {
  yield first.items;
  let { next } = first;
  while (next !== undefined) {
    const page = await handlers.getStream(stream, { from: next, direction, limit: PAGE });
    yield page?.items ?? [];
    next = page?.next;
  }
}

/** `nextCursor` goes into `from`; `position` is that of the newest event of the page. */
const outwardPage = (cursor: CursorCodec, { items, head, next }: StreamPage) => {
  const newest = items
    .map(({ position }) => position)
    .sort()
    .at(-1);
  return {
    items: items.map((event) => ({ ...event, position: cursor.encode(event.position) })),
    head,
    ...(next === undefined ? {} : { nextCursor: String(next) }),
    ...(newest === undefined ? {} : { position: cursor.encode(newest) }),
  };
};
