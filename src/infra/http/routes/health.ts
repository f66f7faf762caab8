import { z } from 'zod';
import type { App } from '../typed-app.ts';
import { actuatorRoutes } from './actuator.ts';
import type { Checks } from './actuator.ts';
import { needs, operation } from './operation.ts';
import type { RouteDeps } from './route-deps.ts';

const TAG = 'health';
const up = z.strictObject({ status: z.literal('UP') });
const ready = z.strictObject({
  status: z.enum(['UP', 'DOWN']),
  checks: z
    .strictObject({ core: z.boolean(), draining: z.boolean(), logFull: z.boolean().optional() })
    .optional(),
});
const verbose = z.strictObject({ verbose: z.enum(['', 'true']).optional() });

type Deps = Pick<RouteDeps, 'drain'> & {
  readonly handlers: Pick<RouteDeps['handlers'], 'isReady'>;
  /** Where that is known. It makes nothing unready: reads go on, and another process has the same disk. */
  readonly isLogFull?: (() => boolean) | undefined;
};

export const healthRoutes = (app: App, { handlers, drain, isLogFull }: Deps): void => {
  const checksNow: Checks = () => ({ core: handlers.isReady(), draining: drain.aborted });
  const full = () => (isLogFull === undefined ? {} : { logFull: isLogFull() });
  app.get(
    '/api/orchestration/health',
    { ...needs('public'), schema: operation(TAG, 'The process answers', up) },
    () => ({ status: 'UP' as const }),
  );
  app.get('/livez', { ...needs('public'), schema: operation(TAG, 'The event loop turns', up) }, () => ({
    status: 'UP' as const,
  }));
  const description = operation(TAG, 'The service can do work now', ready);
  app.get(
    '/readyz',
    {
      ...needs('public'),
      schema: {
        ...description,
        querystring: verbose,
        response: { ...description.response, 503: ready.meta({ description: 'Starting or shutting down.' }) },
      },
    },
    (request, reply) => {
      const checks = checksNow();
      const isUp = checks.core && !checks.draining;
      const details = request.query.verbose === undefined ? {} : { checks: { ...checks, ...full() } };
      if (!isUp) reply.header('retry-after', '1');
      reply.code(isUp ? 200 : 503);
      return { status: isUp ? ('UP' as const) : ('DOWN' as const), ...details };
    },
  );
  actuatorRoutes(app, checksNow);
};
