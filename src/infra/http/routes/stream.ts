import { z } from 'zod';
import type { StreamPage } from '../../../queries/stream/get-stream.ts';
import type { CursorCodec } from '../cursor.ts';
import { problem } from '../problem-details.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { checkMinPosition } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const MAX_LIMIT = 1000;
const streamName = z.string().regex(/^[a-z][a-z0-9]*-[A-Za-z0-9._:-]{1,90}$/, 'must be <category>-<id>');
const revision = z.string().regex(/^(?:0|[1-9]\d{0,14})$/, 'must be a revision, or end');

const query = z
  .strictObject({
    from: z.union([z.literal('end'), revision]).optional(),
    direction: z.enum(['forwards', 'backwards']).default('forwards'),
    limit: z
      .string()
      .regex(/^[1-9]\d{0,3}$/, `must be 1 to ${MAX_LIMIT}`)
      .refine((limit) => Number(limit) <= MAX_LIMIT, `must be 1 to ${MAX_LIMIT}`)
      .default('100'),
    ...schemas.minPosition,
  })
  .refine(({ from, direction }) => from !== 'end' || direction === 'backwards', {
    path: ['from'],
    message: 'end can only be read backwards',
  });

export const streamRoutes = (app: App, deps: RouteDeps): void => {
  app.get(
    '/api/v1/streams/:stream',
    {
      ...needs('stream:read'),
      schema: {
        ...operation('streams', 'The events of a stream as they are stored', schemas.streamAnswer),
        params: z.strictObject({ stream: streamName }),
        querystring: query,
      },
    },
    async (request) => {
      const { from, direction, limit, minPosition } = request.query;
      checkMinPosition(deps.cursor, minPosition);
      const start = from ?? (direction === 'backwards' ? 'end' : '0');
      const page = await deps.handlers.getStream(request.params.stream, {
        from: start === 'end' ? 'end' : Number(start),
        direction,
        limit: Number(limit),
      });
      if (page === undefined) throw problem('unknown_stream', `Stream not found: ${request.params.stream}`);
      return outwardPage(deps.cursor, page);
    },
  );
};

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
