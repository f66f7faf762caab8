import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { withAnswerHeaders } from './described-answers.ts';
import { describedHeaders, requiredHeaders, withHeaders } from './described-headers.ts';
import { withPlainSchemas } from './described-schemas.ts';
import { markOptionalBody, OPTIONAL_BODY, withOptionalBodies } from './optional-bodies.ts';
import type { Permission } from './permissions.ts';
import { needs, operation } from './routes/operation.ts';
import type { App } from './typed-app.ts';

const UI_PREFIX = '/swagger-ui.html';

/** The page loads what this server serves, and talks to it only. Its styles are partly set by script. */
const UI_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Collects the routes registered after it and describes them from the schemas they validate with. `basePath`: where
 * callers reach them.
 */
export const describeApi = async (app: App, basePath = ''): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Skald', version: '1', description: 'Event-sourced orchestration.' },
      components: { securitySchemes: { bearer: BEARER } },
      ...(basePath === '' ? {} : { servers: [{ url: basePath }] }),
    },
    transform: (route) => {
      const described = withOwnHeaders(withRawBody(jsonSchemaTransform(route)), route.route);
      const { schema, url } = withSecurity(described, route.route.config);
      return { schema: { ...schema, ...markOptionalBody(route.schema.body) }, url };
    },
  });
  // The plugin below declares no permissions of its own.
  app.addHook('onRoute', (route) => {
    if (route.url.startsWith(UI_PREFIX)) route.config = { ...route.config, permission: 'public' };
  });
};

const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'Needed while AUTH is jwt, with the permission named. Which role has which: docs/security.md.',
} as const;

const withSecurity = (
  { schema, url }: Described,
  config: { readonly permission?: Permission } | undefined,
): Described => {
  const permission = config?.permission;
  if (permission === undefined || permission === 'public') return { schema, url };
  // What OpenAPI 3.1 calls role names.
  return { schema: { ...schema, security: [{ bearer: [permission] }] }, url };
};

type Described = ReturnType<typeof jsonSchemaTransform>;

type Served = { readonly method: unknown; readonly config?: { readonly permission?: Permission } };

const withOwnHeaders = ({ schema, url }: Described, { method, config }: Served): Described => {
  const { querystring: query, response: answers } = schema;
  const route = { url, method, permission: config?.permission, query, answers };
  const response = withAnswerHeaders(answers, route);
  const headers = describedHeaders(route);
  if (Object.keys(headers).length === 0) return { schema: { ...schema, response }, url };
  const all = withHeaders(schema.headers, headers, requiredHeaders(route));
  return { schema: { ...schema, response, headers: all }, url };
};

/** A route that takes bytes validates no body; its description still says what to send, if anything. */
const withRawBody = ({ schema, url }: Described): Described => {
  if (schema.consumes?.includes('application/octet-stream') !== true) return { schema, url };
  const content = {
    'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
    'application/json': { schema: { description: 'Any JSON; its bytes are kept as they are.' } },
  };
  return { schema: { ...schema, body: { content }, ...OPTIONAL_BODY }, url };
};

export const openApiRoutes = async (app: App, basePath = ''): Promise<void> => {
  const description = operation('health', 'This description', z.looseObject({ openapi: z.string() }));
  // No route is added any more once one is served.
  let made: { readonly openapi: string } | undefined;
  app.get('/openapi.json', { ...needs('public'), schema: description }, () => {
    made ??= { openapi: '3.1.0', ...withPlainSchemas(withOptionalBodies(app.swagger())) };
    return made;
  });
  await app.register(swaggerUi, {
    routePrefix: UI_PREFIX,
    indexPrefix: basePath,
    staticCSP: UI_POLICY,
    uiConfig: { url: `${basePath}/openapi.json`, validatorUrl: null },
  });
};
