// What a caller may not set is refused by name, on every route that takes fields (S-30).
import { describe, expect, it } from 'vitest';
import { addressOf, routesOf } from './auth-edge.ts';
import { done, edge, FLOW, JSON_TYPE } from './edge.ts';

const FIELDS = { role: 'admin', is_admin: true, tenantId: 'x', updatedAt: '2020-01-01T00:00:00Z', _pos: 1 };
const PLACES = { letterId: FLOW, sessionId: FLOW, instanceId: '7', action: 'do' };
/** The body of a run is its payload: all of it is the caller's. What the reference has takes a list, or nothing. */
const takesNoFields = (url: string): boolean =>
  url === '/api/orchestration/execute/:orchName' || url.startsWith('/api/intern');

describe('fields that a route does not know', () => {
  it('are named, each of them, and nothing is done', async () => {
    const app = await edge();
    const routes = routesOf(app).filter(({ method, url }) => method !== 'GET' && !takesNoFields(url));
    expect(routes.length).toBeGreaterThan(35);
    for (const { method, url } of routes) {
      const request = { method: method as 'POST', url: addressOf(url, PLACES), payload: FIELDS };
      const response = await app.inject(request);
      const { errors = [] } = response.json<{ errors?: { pointer: string; code: string }[] }>();
      const unknown = errors.filter(({ code }) => code === 'unrecognized_keys').map(({ pointer }) => pointer);
      expect([url, response.statusCode, unknown.sort()]).toEqual([
        ...[url, 400],
        Object.keys(FIELDS)
          .map((name) => `/${name}`)
          .sort(),
      ]);
    }
  });

  it.each(['', '{}', 'null'])('are not seen in a body that says nothing: %s', async (payload) => {
    const app = await edge({ retryInstance: () => Promise.resolve(done({ correlationId: FLOW })) });
    const url = '/api/v1/instances/7/retry';
    const answer = await app.inject({ method: 'POST', url, payload, headers: JSON_TYPE });
    expect(answer.statusCode).toBe(200);
  });
});
