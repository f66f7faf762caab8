import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { problem } from './problem-details.ts';
import { isRead } from './route-table.ts';
import { FEED_PATH, WORKERS_PATH } from './socket/handshake.ts';
import { tokenBuckets } from './token-buckets.ts';
import type { Taken } from './token-buckets.ts';

/** What requests are counted by: docs/security.md says what is in which. */
type RateGroup = 'commands' | 'queries' | 'work' | 'connections' | 'exports';
/** Requests a minute of one caller; a group that is not there has no limit. */
export type RateLimits = Readonly<Partial<Record<RateGroup, number>>>;

/**
 * Answers 429 to a caller who asks for more of a group than its limit, on every route that is added from here on, before
 * the body is read. A route without a limit costs nothing. To be added after the guards: they know who calls.
 */
export const limitRates = (app: FastifyInstance, limits: RateLimits, now: () => number): void => {
  const counters = new Map<RateGroup, ReturnType<typeof counterOf>>();
  app.addHook('onRoute', (route) => {
    const group = groupOf(route);
    const most = group === undefined ? undefined : limits[group];
    if (group === undefined || most === undefined) return;
    const count = counters.get(group) ?? counterOf(group, most, now);
    counters.set(group, count);
    route.onRequest = [...[route.onRequest ?? []].flat(), count];
  });
};

const counterOf = (group: RateGroup, most: number, now: () => number) => {
  const take = tokenBuckets(most, now);
  const limit = String(most);
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    const taken = take(whoCalls(request));
    reply.headers({
      'x-ratelimit-limit': limit,
      'x-ratelimit-remaining': String(taken.left),
      'x-ratelimit-reset': String(Math.ceil((now() + taken.fullInMs) / 1000)),
    });
    done(taken.isAllowed ? undefined : tooMany(group, taken));
  };
};

const tooMany = (group: RateGroup, { waitMs }: Taken) =>
  problem('rate_limited', `this caller has asked for more ${group} than one may within a minute`, {
    headers: { 'retry-after': String(Math.floor(waitMs / 1000) + 1) },
    members: { group },
  });

/**
 * Where nobody says who calls, the other end of the connection: what a header claims of it is not looked at. The prefix
 * keeps a token's subject from being the same.
 */
const whoCalls = ({ caller, ip }: FastifyRequest): string =>
  caller === null || caller.actor.kind === 'anonymous' ? `address ${ip}` : caller.actor.id;

const CONNECTIONS = new Set([FEED_PATH, `${FEED_PATH}/sse`, WORKERS_PATH]);
/** What reads the log itself, as far as it goes. */
const EXPORTS = new Set(['stream:read', 'audit:read', 'audit:sign', 'replay:read', 'replay:operate']);
/** Of whoever has to know that the server is well, above all while it has much to do. */
const FREE = new Set(['public', 'metrics:read']);

const groupOf = ({ url, method, config }: RouteOptions): RateGroup | undefined => {
  const { permission = 'public' } = config ?? {};
  if (FREE.has(permission)) return undefined;
  return CONNECTIONS.has(url) ? 'connections' : groupBeside(permission, url, [method].flat().every(isRead));
};

const groupBeside = (permission: string, url: string, isRead: boolean): RateGroup => {
  if (permission === 'task:work') return 'work';
  if (EXPORTS.has(permission) || url === '/api/v1/what-if') return 'exports';
  return isRead ? 'queries' : 'commands';
};
