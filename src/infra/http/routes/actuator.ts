import { z } from 'zod';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { product } from '../product.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';

/** How the process is: whether it can do work, and whether it is on its way out. */
export type Checks = () => { readonly core: boolean; readonly draining: boolean };

const TAG = 'health';
/** Who may see more than the status. */
const DETAILS = 'metrics:read';

const status = z.enum(['UP', 'DOWN', 'OUT_OF_SERVICE']);
type Status = z.output<typeof status>;
const component = z.strictObject({ status });
const standing = z.strictObject({ status });
const info = z.strictObject({ name: z.string(), version: z.string() });
const health = z.strictObject({
  status,
  /** For those who may read metrics. */
  components: z
    .strictObject({ core: component, livenessState: component, readinessState: component })
    .optional(),
  groups: z.array(z.enum(['liveness', 'readiness'])).readonly(),
});

const described = <Answer extends z.ZodType>(summary: string, answer: Answer) => {
  const description = operation(TAG, summary, answer);
  const not = answer.meta({ description: 'Starting, without its servers, or shutting down.' });
  return { ...description, response: { ...description.response, 503: not } };
};

/** Health in the form that the reference's callers know, over the same checks as `/livez` and `/readyz`. */
export const actuatorRoutes = (app: App, checksNow: Checks): void => {
  app.get(
    '/actuator/health',
    {
      config: { ...needs('public').config, details: DETAILS },
      schema: described('Health, as an actuator tells it', health),
    },
    (request, reply) => {
      const checks = checksNow();
      const now = answered(reply, standingOf(checks));
      const components = maySeeMore(request) ? { components: componentsOf(checks) } : {};
      return { status: now, ...components, groups: ['liveness', 'readiness'] as const };
    },
  );
  app.get(
    '/actuator/health/readiness',
    {
      ...needs('public'),
      schema: described('The service can do work now, as an actuator tells it', standing),
    },
    (_request, reply) => ({ status: answered(reply, standingOf(checksNow())) }),
  );
  app.get(
    '/actuator/health/liveness',
    { ...needs('public'), schema: operation(TAG, 'The event loop turns, as an actuator tells it', standing) },
    () => ({ status: 'UP' as const }),
  );
  app.get(
    '/actuator/info',
    { ...needs('public'), schema: operation(TAG, 'What this is, as an actuator tells it', info) },
    () => product,
  );
};

const standingOf = ({ core, draining }: ReturnType<Checks>): Status => {
  if (draining) return 'OUT_OF_SERVICE';
  return core ? 'UP' : 'DOWN';
};

const componentsOf = (checks: ReturnType<Checks>) => ({
  core: { status: checks.core ? ('UP' as const) : ('DOWN' as const) },
  livenessState: { status: 'UP' as const },
  readinessState: { status: standingOf(checks) === 'UP' ? ('UP' as const) : ('OUT_OF_SERVICE' as const) },
});

const answered = (reply: FastifyReply, now: Status): Status => {
  if (now !== 'UP') reply.header('retry-after', '1');
  reply.code(now === 'UP' ? 200 : 503);
  return now;
};

/** Where there are no callers, as on an address for probes alone, nobody may. */
const maySeeMore = ({ caller }: FastifyRequest): boolean => caller?.scopeOf(DETAILS) !== undefined;
