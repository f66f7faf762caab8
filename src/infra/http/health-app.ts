import Fastify from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Ids } from '../clock/port.ts';
import type { Exposition } from '../telemetry/port.ts';
import { answerError } from './error-handler.ts';
import { refusalOfHost } from './host-header.ts';
import { useOwnFormats } from './own-formats.ts';
import { problem } from './problem-details.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { applySecurityHeaders } from './security-headers.ts';
import { serverOptions, TIMEOUTS } from './server-options.ts';
import type { App } from './typed-app.ts';

export type HealthAppDeps = {
  readonly logger: FastifyBaseLogger;
  readonly ids: Ids;
  /** Why nothing else is answered: not yet, or not by this process. */
  readonly why: 'starting' | 'not_served_here';
  readonly isReady: () => boolean;
  /** What is measured, for everybody who can reach this address. */
  readonly exposition?: Exposition;
  readonly isLogFull?: () => boolean;
  readonly basePath?: string | undefined;
};

const WORDS = {
  starting: 'this server waits for what it stands on',
  not_served_here: 'this process has no role that serves this address',
} as const;

/** What a process answers that does not serve the API, or does not yet: how it is, and nothing else. */
export const buildHealthApp = (deps: HealthAppDeps): FastifyInstance => {
  const { logger, ids, why, isReady, isLogFull, exposition, basePath } = deps;
  const app: App = Fastify({
    ...serverOptions(TIMEOUTS, ids.next, basePath),
    loggerInstance: logger,
    frameworkErrors: answerError,
  }).withTypeProvider<ZodTypeProvider>();
  const drain = new AbortController();
  app.addHook('preClose', (done) => {
    drain.abort();
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    applySecurityHeaders(reply);
    done(refusalOfHost(request.raw));
  });
  useOwnFormats(app, () => problem(why, WORDS[why]));
  healthRoutes(app, { handlers: { isReady }, drain: drain.signal, isLogFull });
  if (exposition !== undefined) metricsRoutes(app, exposition, 'public');
  return app;
};
