// Rules that all routes keep: whoever adds one adds it here by adding it there.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressOf, routesOf } from './auth-edge.ts';
import { edge, JSON_TYPE } from './edge.ts';

const isSocket = (url: string): boolean => /\/(feed|workers\/stream)$/.test(url);
const place = (url: string): string => addressOf(url, PLACES);
const ID = '0198f3a0-2222-7abc-8def-000000000002';
const PLACES = {
  ...{ instanceId: '7', batchId: ID, shiftId: ID, letterId: ID, redriveId: ID, sessionId: ID },
  ...{ number: '1', type: 'SagaStarted', version: '1.0' },
};
const problem = z.strictObject({
  type: z.string().regex(/^urn:skald:problem:[a-z_]+$/),
  title: z.string().min(3),
  status: z.int(),
  code: z.string(),
  detail: z.string().min(3),
  requestId: z.string().min(3),
  errors: z.array(
    z.strictObject({ in: z.string(), pointer: z.string(), code: z.string(), detail: z.string() }),
  ),
});

describe('every route', () => {
  it('refuses a parameter that it does not know, as a problem', async () => {
    const app = await edge();
    const routes = routesOf(app).filter(({ url }) => !url.includes('/intern') && !isSocket(url));
    expect(routes.length).toBeGreaterThan(90);
    for (const { method, url } of routes) {
      const body = method === 'GET' ? {} : { payload: '{}', headers: JSON_TYPE };
      const answer = await app.inject({ method: method as 'GET', url: `${place(url)}?nope=1`, ...body });
      expect([method, url, answer.statusCode]).toEqual([method, url, 400]);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      const { code, status, type, requestId } = problem.parse(answer.json());
      expect([code, status, type]).toEqual(['invalid_input', 400, 'urn:skald:problem:invalid_input']);
      expect(requestId).toBe(answer.headers['x-correlation-id']);
    }
  });

  it('is answered to HEAD as to GET, without the body, unless it goes on for as long as it is read', async () => {
    const app = await edge();
    const routes = routesOf(app).filter(({ method }) => method === 'GET');
    const withoutHead: string[] = [];
    for (const { url } of routes) {
      const asked = { url: place(url) };
      const head = await app.inject({ method: 'HEAD', ...asked });
      expect([url, head.body]).toEqual([url, '']);
      if (head.statusCode === 405) {
        withoutHead.push(url);
        continue;
      }
      const got = await app.inject({ method: 'GET', ...asked });
      const ofBoth = ({ statusCode, headers }: typeof got) => [url, statusCode, headers['content-type']];
      expect(ofBoth(head)).toEqual(ofBoth(got));
      expect([url, Number(head.headers['content-length'] ?? 0) > 0]).toEqual([url, got.body !== '']);
    }
    expect(withoutHead.sort()).toEqual([
      ...['/api/v1/events', '/api/v1/feed', '/api/v1/feed/sse', '/api/v1/streams/:stream'],
      '/api/v1/workers/stream',
    ]);
  });

  it.each([
    ['GET', '/api/intern/handlinger/instanser/7', 404],
    ['PUT', '/api/intern/handlinger/instanser/7/prov-igjen', 405],
    ['DELETE', '/api/intern-klient/handlinger/instanser/prov-igjen/batch', 405],
  ] as const)(
    'has what is not there told in the form of its neighbours: %s %s',
    async (method, url, status) => {
      const answer = await (await edge()).inject({ method, url });
      expect(answer.headers['content-type']).toBe('application/json');
      expect([answer.statusCode, answer.json()]).toMatchObject([status, { status, path: url }]);
      if (status === 405) expect(answer.headers['allow']).toBe('POST');
    },
  );

  it('takes neither a list nor a text where it takes no body', async () => {
    const app = await edge();
    for (const payload of ['[]', '"x"', '0'])
      expect(
        (
          await app.inject({
            method: 'POST',
            url: '/api/v1/instances/retention/runs',
            payload,
            headers: JSON_TYPE,
          })
        ).statusCode,
      ).toBe(400);
  });
});
