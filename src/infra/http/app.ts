import Fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { AsOf } from '../../queries/as-of/as-of.ts';
import type { Queries } from '../../queries/queries.ts';
import type { Ids } from '../clock/port.ts';
import type { Measured } from '../telemetry/port.ts';
import { answerInTime } from './answer-in-time.ts';
import type { Auth } from './auth.ts';
import { guardOwn } from './authorise.ts';
import { useBasePath } from './base-path.ts';
import { callContextOf } from './call-context.ts';
import type { CursorCodec } from './cursor.ts';
import type { Handlers } from './handlers.ts';
import type { ListCursorCodec } from './list-cursor.ts';
import { describeApi, openApiRoutes } from './openapi.ts';
import { useOwnFormats } from './own-formats.ts';
import { requirePermissions } from './permissions.ts';
import { boundBodies } from './bodies-under-way.ts';
import { limitRates } from './rate-limits.ts';
import type { RateLimits } from './rate-limits.ts';
import { guardRequests } from './request-guards.ts';
import { recordRoutes } from './route-table.ts';
import type { RouteTable } from './route-table.ts';
import { asyncApiRoutes } from './routes/async-api.ts';
import { auditRoutes } from './routes/audit.ts';
import { deadLetterReadRoutes } from './routes/dead-letter-reads.ts';
import { deadLetterRoutes } from './routes/dead-letters.ts';
import { schemaRoutes } from './routes/event-schemas.ts';
import type { EventTypeForms } from './routes/event-types.ts';
import { eventRoutes } from './routes/events.ts';
import { feedRoutes } from './routes/feed.ts';
import type { FeedRouteDeps } from './routes/feed.ts';
import { healingReadRoutes } from './routes/healing-reads.ts';
import { healthRoutes } from './routes/health.ts';
import { insightRoutes } from './routes/insight.ts';
import { answerUnrouted, instanceInternRoutes } from './routes/instance-intern.ts';
import { instanceReadRoutes } from './routes/instance-reads.ts';
import { instanceSteerRoutes } from './routes/instance-steer.ts';
import { instanceRoutes } from './routes/instances.ts';
import { orchestrationReadRoutes } from './routes/orchestration-reads.ts';
import { orchestrationRoutes } from './routes/orchestration.ts';
import { metricsRoutes } from './routes/metrics.ts';
import type { ReadDeps } from './routes/read-model.ts';
import { replayRoutes } from './routes/replays.ts';
import type { RouteDeps } from './routes/route-deps.ts';
import { retentionRoutes } from './routes/retention.ts';
import { sagaReadRoutes } from './routes/saga-reads.ts';
import { projectionRoutes } from './routes/projections.ts';
import type { ProjectionDeps } from './routes/projections.ts';
import { sagaRoutes } from './routes/saga.ts';
import { streamRoutes } from './routes/stream.ts';
import { taskRoutes } from './routes/task.ts';
import { timerShiftRoutes } from './routes/timer-shifts.ts';
import { timerRoutes } from './routes/timers.ts';
import { workerRoutes } from './routes/worker.ts';
import { whatIfRoutes } from './routes/what-if.ts';
import { workerStreamRoute } from './routes/worker-stream.ts';
import { takeWebSockets } from './socket/plugin.ts';
import { serverOptions, TIMEOUTS } from './server-options.ts';
import type { Timeouts } from './server-options.ts';
import type { App } from './typed-app.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route with the permission it needs. */
    routeTable: RouteTable;
  }
}

export type AppDeps = {
  readonly handlers: Handlers;
  /** What is read from the read models. */
  readonly queries: Queries;
  /** What is read of the past. */
  readonly asOf: AsOf;
  readonly auth: Auth;
  readonly cursor: CursorCodec;
  readonly listCursor: ListCursorCodec;
  readonly logger: FastifyBaseLogger;
  /** Request ids; also the correlation id of callers that send none. */
  readonly ids: Ids;
  readonly feed: FeedRouteDeps;
  readonly projector: ProjectionDeps['projector'];
  /** AsyncAPI of the message bus; none where there is no bus. */
  readonly asyncApi?: object;
  /** Forms that events are published in; none where there is no bus. */
  readonly eventTypes?: EventTypeForms;
  readonly timeouts?: Timeouts;
  /** Of large requests that are under way. */
  readonly mostBodyBytes?: number;
  readonly rateLimits?: RateLimits | undefined;
  /** /api/intern answers 401 to everybody. */
  readonly isInternalApiOff?: boolean;
  readonly metrics?: Measured | undefined;
  /** Puts a span around every request. */
  readonly traceRequests?: ((app: FastifyInstance) => void) | undefined;
  /** Everything is served under this path too. */
  readonly basePath?: string | undefined;
};

type InternDeps = Pick<AppDeps, 'feed' | 'isInternalApiOff' | 'metrics'>;

/**
 * The HTTP edge, ready to listen or to be injected into. Closing it ends every wait at once with what there
 * is, finishes what is being answered and refuses what still comes in with 503.
 * @throws RouteWithoutPermission when a route does not say what it needs.
 */
export const buildApp = async (deps: AppDeps): Promise<FastifyInstance> => {
  const options = serverOptions(deps.timeouts ?? TIMEOUTS, deps.ids.next, deps.basePath);
  const answerFailure = answerUnrouted(deps.feed.clock.now);
  const own = { loggerInstance: deps.logger, frameworkErrors: answerFailure };
  const app: App = Fastify({ ...options, ...own }).withTypeProvider<ZodTypeProvider>();
  const drain = new AbortController();
  app.addHook('preClose', (done) => {
    drain.abort();
    done();
  });
  useOwnFormats(app, undefined, answerFailure);
  await describeApi(app, deps.basePath);
  requirePermissions(app);
  answerInTime(app, deps.feed.clock, (deps.timeouts ?? TIMEOUTS).handlerMs);
  const routes = recordRoutes(app);
  app.decorate('routeTable', routes);
  // Before the guards: a handshake that they refuse has to be hung up on.
  await takeWebSockets(app, deps.feed.clock.schedule);
  deps.traceRequests?.(app);
  guardRequests(app, { auth: deps.auth, routes, drain: drain.signal });
  guardOwn(app, deps.queries.ownerOfStream);
  watchRequests(app, deps);
  await addRoutes(app, {
    handlers: deps.handlers,
    cursor: deps.cursor,
    contextOf: callContextOf,
    ...{ queries: deps.queries, asOf: deps.asOf, basePath: deps.basePath, metrics: deps.metrics },
    drain: drain.signal,
  });
  asyncApiRoutes(app, deps.asyncApi);
  schemaRoutes(app, deps.eventTypes);
  addReadRoutes(app, { ...deps, contextOf: callContextOf, drain: drain.signal });
  projectionRoutes(app, deps);
  const { auth, queries } = deps;
  workerStreamRoute(app, { ...deps, clock: deps.feed.clock, drain: drain.signal });
  feedRoutes(app, { ...deps.feed, auth, ownerOfStream: queries.ownerOfStream, drain: drain.signal });
  return app;
};

type WatchDeps = Pick<AppDeps, 'basePath' | 'feed' | 'metrics' | 'mostBodyBytes' | 'rateLimits'>;

const watchRequests = (app: App, deps: WatchDeps): void => {
  const { basePath, feed, metrics, mostBodyBytes = Infinity, rateLimits = {} } = deps;
  limitRates(app, rateLimits, feed.clock.now);
  boundBodies(app, mostBodyBytes);
  useBasePath(app, basePath);
  app.addHook('onResponse', (request, reply, done) => {
    const { method } = request;
    const { url: route } = request.routeOptions;
    const { statusCode: status, elapsedTime: ms } = reply;
    request.log.debug({ requestId: request.id, method, route, status, ms }, 'request');
    metrics?.served({ method, route, status, seconds: ms / 1000 });
    done();
  });
};

type Served = RouteDeps & Pick<AppDeps, 'queries' | 'basePath' | 'metrics'>;

const addRoutes = async (app: App, deps: Served): Promise<void> => {
  await openApiRoutes(app, deps.basePath);
  healthRoutes(app, { ...deps, isLogFull: deps.metrics?.isLogFull });
  orchestrationRoutes(app, deps);
  sagaRoutes(app, deps);
  insightRoutes(app, deps);
  taskRoutes(app, deps);
  workerRoutes(app, deps);
  streamRoutes(app, deps);
  instanceRoutes(app, deps);
  instanceSteerRoutes(app, deps);
};

const addReadRoutes = (app: App, deps: ReadDeps & RouteDeps & InternDeps): void => {
  metricsRoutes(app, deps.metrics?.exposition);
  orchestrationReadRoutes(app, deps);
  sagaReadRoutes(app, deps);
  healingReadRoutes(app, deps);
  whatIfRoutes(app, deps);
  timerRoutes(app, deps);
  timerShiftRoutes(app, deps);
  deadLetterReadRoutes(app, deps);
  deadLetterRoutes(app, deps);
  eventRoutes(app, deps);
  auditRoutes(app, deps);
  replayRoutes(app, deps);
  instanceReadRoutes(app, deps);
  retentionRoutes(app, deps);
  instanceInternRoutes(app, { ...deps, clock: deps.feed.clock });
};
