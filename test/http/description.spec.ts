import Fastify from 'fastify';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requirePermissions, RouteWithoutPermission } from '../../src/infra/http/permissions.ts';
import { statusOf } from '../../src/infra/http/problem-details.ts';
import { edge } from './edge.ts';

type Operation = {
  summary?: string;
  security?: readonly { bearer: readonly string[] }[];
  responses?: Record<string, { content?: Record<string, unknown> }>;
  requestBody?: { required?: boolean; content: Record<string, unknown> };
};
type Description = { openapi: string; paths: Record<string, Record<string, Operation>> };

const SUCCESS: Readonly<Record<string, string>> = {
  'GET /api/v1/feed': '101',
  'GET /api/v1/workers/stream': '101',
  'POST /api/v1/instances': '201',
};

const described = async () => {
  const app = await edge();
  const description = (await app.inject({ url: '/openapi.json' })).json<Description>();
  const routes = app.routeTable
    .list()
    .filter(({ url }) => !url.startsWith('/swagger-ui.html'))
    .map(({ method, url }) => `${method} ${url.replaceAll(/:([A-Za-z]+)/g, '{$1}')}`);
  return { description, routes };
};
const operationsOf = ({ paths }: Description) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );

describe('the API description', () => {
  it('is OpenAPI 3.1 and holds exactly the routes there are', async () => {
    const { description, routes } = await described();
    expect(description.openapi).toMatch(/^3\.1\./);
    expect(
      operationsOf(description)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...routes].sort());
    expect(routes).toHaveLength(102);
  });

  it('has a summary, a success and problems for every operation', async () => {
    const { description } = await described();
    const failure = (type: string) => ({ content: { [type]: expect.anything() as unknown } });
    for (const { name, operation } of operationsOf(description)) {
      const success = SUCCESS[name] ?? '200';
      // Where the reference's callers are answered, failures are in the form that they know.
      const problems = failure(
        name.includes(' /api/intern') ? 'application/json' : 'application/problem+json',
      );
      expect(operation).toMatchObject({
        summary: expect.stringMatching(/\w/) as unknown,
        responses: { [success]: expect.anything() as unknown, '4XX': problems, '5XX': problems },
      });
    }
  });

  it('says which bodies are taken', async () => {
    const { description } = await described();
    const bodies = Object.fromEntries(
      operationsOf(description).map(({ name, operation }) => [
        name,
        Object.keys(operation.requestBody?.content ?? {}),
      ]),
    );
    expect(bodies['POST /api/orchestration/register']).toEqual(['application/json', 'application/yaml']);
    expect(bodies['POST /api/orchestration/execute/{orchName}']).toEqual([
      'application/octet-stream',
      'application/json',
    ]);
    expect(bodies['POST /api/v1/tasks/heartbeat']).toEqual(['application/json']);
    expect(bodies['GET /livez']).toEqual([]);
  });

  it('says which bodies may be left out', async () => {
    const { description } = await described();
    const required = Object.fromEntries(
      operationsOf(description).map(({ name, operation }) => [name, operation.requestBody?.required]),
    );
    expect(required).toMatchObject({
      ...{ 'POST /api/v1/sagas/{flowId}/pause': false, 'POST /api/v1/sagas/{flowId}/cancel': false },
      'POST /api/v1/sagas/{flowId}/steps/{step}/retry': false,
      'POST /api/v1/sagas/{flowId}/steps/{step}/skip': true,
      'POST /api/v1/projections/{name}/rebuild': false,
      'POST /api/v1/dead-letters/{letterId}/redrive': false,
      'POST /api/v1/dead-letters/redrive': true,
      'POST /api/v1/dead-letters/{letterId}/discard': true,
      'POST /api/v1/tasks/poll': true,
    });
    expect(JSON.stringify(description)).not.toContain('x-optional-body');
  });

  it('is shown by a page that loads nothing from elsewhere', async () => {
    const app = await edge();
    const page = await app.inject({ url: '/swagger-ui.html' });
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? '');
    expect(assets.length).toBeGreaterThan(4);
    for (const url of assets) expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 200]);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
    expect((await app.inject({ url: '/swagger-ui.html/static/swagger-initializer.js' })).body).toContain(
      '/openapi.json',
    );
  });
});

describe('permissions', () => {
  it('are told by the description', async () => {
    const app = await edge();
    const { paths } = (await app.inject({ url: '/openapi.json' })).json<Description>();
    for (const { method, url, permission } of app.routeTable.list()) {
      const described = paths[url.replaceAll(/:([A-Za-z]+)/g, '{$1}')]?.[method.toLowerCase()];
      if (described === undefined) continue;
      const needed = permission === 'public' ? undefined : [{ bearer: [permission] }];
      expect([method, url, described.security]).toEqual([method, url, needed]);
    }
  });

  it('are declared by every route', async () => {
    const app = await edge();
    const table = Object.fromEntries(
      app.routeTable.list().map(({ method, url, permission }) => [`${method} ${url}`, permission]),
    );
    expect(Object.values(table)).not.toContain('');
    expect(table).toMatchObject({
      'POST /api/orchestration/register': 'orchestration:register',
      'POST /api/orchestration/execute/:orchName': 'saga:start',
      'POST /api/orchestration/undo/:flowId': 'saga:undo',
      'POST /api/v1/sagas/:flowId/cancel': 'saga:operate',
      'GET /api/v1/sagas/:flowId': 'saga:read',
      'GET /api/v1/orchestrations/:name': 'orchestration:read',
      'GET /api/v1/orchestrations': 'orchestration:read',
      'GET /api/v1/sagas': 'saga:read',
      'GET /api/v1/workers': 'worker:read',
      'GET /api/v1/healing': 'orchestration:read',
      'GET /api/v1/timers': 'saga:read',
      'GET /api/v1/events': 'stream:read',
      'GET /api/v1/streams/:stream': 'stream:read',
      'POST /api/v1/tasks/poll': 'task:work',
      'GET /api/v1/feed': 'feed:read',
      'GET /api/v1/feed/sse': 'feed:read',
    });
  });

  it('are missed before the server starts', () => {
    const app = Fastify();
    requirePermissions(app);
    expect(() => app.get('/open', () => 'x')).toThrow(RouteWithoutPermission);
    expect(() => app.get('/closed', { config: { permission: 'public' } }, () => 'x')).not.toThrow();
  });
});

describe('docs/errors.md', () => {
  it('lists every code with its status, and no other', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(Object.fromEntries(rows)).toEqual(statusOf);
    expect(rows).toHaveLength(Object.keys(statusOf).length);
  });
});
