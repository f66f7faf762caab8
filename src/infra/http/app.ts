import Fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import type { Ids } from '../clock/port.ts';
import type { Auth } from './auth.ts';
import { parseJsonOnly } from './body-parsers.ts';
import { callContextOf } from './call-context.ts';
import type { CursorCodec } from './cursor.ts';
import { answerError } from './error-handler.ts';
import type { Handlers } from './handlers.ts';
import { problemOfIssues } from './input-errors.ts';
import { describeApi, openApiRoutes } from './openapi.ts';
import { requirePermissions } from './permissions.ts';
import { problem } from './problem-details.ts';
import { fillEmptyBody, guardRequests } from './request-guards.ts';
import { recordRoutes } from './route-table.ts';
import type { RouteTable } from './route-table.ts';
import { healthRoutes } from './routes/health.ts';
import { orchestrationRoutes } from './routes/orchestration.ts';
import type { RouteDeps } from './routes/route-deps.ts';
import { sagaRoutes } from './routes/saga.ts';
import { streamRoutes } from './routes/stream.ts';
import { taskRoutes } from './routes/task.ts';
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
  readonly auth: Auth;
  readonly cursor: CursorCodec;
  readonly logger: FastifyBaseLogger;
  /** Request ids; also the correlation id of callers that send none. */
  readonly ids: Ids;
  readonly timeouts?: Timeouts;
};

/**
 * The HTTP edge, ready to listen or to be injected into. Closing it ends every wait at once with what there
 * is, finishes what is being answered and refuses what still comes in with 503.
 * @throws RouteWithoutPermission when a route does not say what it needs.
 */
export const buildApp = async (deps: AppDeps): Promise<FastifyInstance> => {
  const options = serverOptions(deps.timeouts ?? TIMEOUTS, deps.ids.next);
  const app: App = Fastify({
    ...options,
    loggerInstance: deps.logger,
    frameworkErrors: answerError,
  }).withTypeProvider<ZodTypeProvider>();
  const drain = new AbortController();
  app.addHook('preClose', (done) => {
    drain.abort();
    done();
  });
  useOwnFormats(app);
  await describeApi(app);
  requirePermissions(app);
  const routes = recordRoutes(app);
  app.decorate('routeTable', routes);
  guardRequests(app, { auth: deps.auth, routes, drain: drain.signal });
  logRequests(app);
  await addRoutes(app, {
    handlers: deps.handlers,
    cursor: deps.cursor,
    contextOf: (request) => callContextOf(request, deps.auth),
    drain: drain.signal,
  });
  return app;
};

const useOwnFormats = (app: App): void => {
  parseJsonOnly(app);
  app.setValidatorCompiler<z.ZodType>(({ schema, httpPart }) => (data) => {
    const parsed = schema.safeParse(data);
    return parsed.success
      ? { value: parsed.data }
      : { error: problemOfIssues(parsed.error.issues, httpPart ?? 'body') };
  });
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(() => {
    throw problem('not_found', 'there is nothing at this address');
  });
  app.addHook('preValidation', fillEmptyBody);
};

const logRequests = (app: App): void => {
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request.routeOptions;
    const line = {
      requestId: request.id,
      method,
      route: url,
      status: reply.statusCode,
      ms: reply.elapsedTime,
    };
    request.log.debug(line, 'request');
    done();
  });
};

const addRoutes = async (app: App, deps: RouteDeps): Promise<void> => {
  await openApiRoutes(app);
  healthRoutes(app, deps);
  orchestrationRoutes(app, deps);
  sagaRoutes(app, deps);
  taskRoutes(app, deps);
  streamRoutes(app, deps);
};
