import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock, Random } from '../../clock/port.ts';
import { collection, conditions, eventSelection, from } from '../../feed/port.ts';
import type { Feed, FeedAccess, FeedRequest, Ready } from '../../feed/port.ts';
import type { Auth } from '../auth.ts';
import { headerOf, invalidHeader } from '../call-context.ts';
import { callerOf } from '../caller.ts';
import { serveEventStream } from '../feed/event-stream.ts';
import { feedAccess } from '../feed/feed-access.ts';
import { problemOfIssues } from '../input-errors.ts';
import type { OwnerOfStream } from '../own-streams.ts';
import { problem } from '../problem-details.ts';
import { FEED_PATH } from '../socket/handshake.ts';
import { createSeats } from '../socket/seats.ts';
import { socketRoute } from '../socket/socket-route.ts';
import { parseStrictJson } from '../../strict-input/strict-json.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';

/** What feeds need beside the routes' common dependencies. */
export type FeedRouteDeps = {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly random: Random;
};
type Deps = FeedRouteDeps & {
  readonly auth: Auth;
  readonly ownerOfStream: OwnerOfStream;
  readonly drain: AbortSignal;
};

const TAG = 'feeds';
const query = z
  .strictObject({
    ...eventSelection.shape,
    from: from.optional(),
    collection: collection.optional(),
    where: z.string().max(4000).optional().meta({ description: 'JSON: a list of conditions.' }),
  })
  .refine((given) => given.collection === undefined || Object.keys(given).every(isOfDocuments), {
    path: ['collection'],
    message: 'a feed of documents takes collection and where, nothing else',
  })
  .refine(({ collection: name, where }) => where === undefined || name !== undefined, {
    path: ['where'],
    message: 'is for a feed of documents: name its collection',
  });
type Query = z.output<typeof query>;

const isOfDocuments = (name: string): boolean => name === 'collection' || name === 'where';

/** Sockets of one caller. */
const MOST_SOCKETS = 5;

const SOCKETS = {
  url: FEED_PATH,
  tag: TAG,
  summary: 'Live feeds over WebSocket',
  protocol: 'The protocol is skald.feed.v1: see docs/feeds.md.',
};

export const feedRoutes = (app: App, deps: Deps): void => {
  const { feed, ownerOfStream } = deps;
  socketRoute<FeedAccess>(app, SOCKETS, {
    ...deps,
    permission: 'feed:read',
    seats: createSeats(MOST_SOCKETS),
    accessOf: (caller) => feedAccess(caller, ownerOfStream),
    connect: feed.connect,
  });
  eventStreamRoute(app, deps);
};

const eventStreamRoute = (app: App, deps: Deps): void => {
  const { response, ...description } = operation(TAG, 'A live feed as server-sent events', z.never());
  const content = { 'text/event-stream': { schema: z.string() } };
  app.get(
    `${FEED_PATH}/sse`,
    {
      ...needs('feed:read'),
      exposeHeadRoute: false,
      schema: {
        ...description,
        querystring: query,
        response: { ...response, 200: { description: 'Until either side ends it.', content } },
      },
    },
    async (request, reply) => {
      const access = feedAccess(callerOf(request), deps.ownerOfStream);
      const ready = await readyFor(deps.feed, requestOf(request, request.query), access);
      serveEventStream(reply, ready, deps);
    },
  );
};

const readyFor = async (feed: Feed, request: FeedRequest, access: FeedAccess): Promise<Ready> => {
  const answer = await feed.stream(request, access);
  if (answer.kind === 'refused') throw problem(answer.code, answer.detail);
  return answer;
};

const requestOf = (
  request: FastifyRequest,
  { collection: name, where, from: start, ...selection }: Query,
): FeedRequest => {
  if (name !== undefined) return { kind: 'documents', collection: name, where: conditionsOf(where ?? '[]') };
  return { kind: 'events', selection, from: lastEventId(request) ?? start ?? 'now' };
};

/** What a client comes back with after a cut: it says more than the address it was first given. */
const lastEventId = (request: FastifyRequest): string | undefined => {
  const given = headerOf(request, 'last-event-id');
  if (given === undefined || given === '') return undefined;
  if (!from.safeParse(given).success) throw invalidHeader('Last-Event-ID', 'must be the id of an event');
  return given;
};

const conditionsOf = (text: string): z.output<typeof conditions> => {
  const parsed = parseStrictJson(Buffer.from(text));
  const detail = parsed.kind === 'ok' ? undefined : parsed.flaw.detail;
  const checked = conditions.safeParse(parsed.kind === 'ok' ? parsed.value : undefined);
  if (checked.success) return checked.data;
  const issues = checked.error.issues.map((issue) => ({
    ...issue,
    path: ['where', ...issue.path],
    message: detail ?? issue.message,
  }));
  throw problemOfIssues(issues, 'querystring');
};
