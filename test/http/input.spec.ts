import { describe, expect, it } from 'vitest';
import { edge, FLOW, JSON_TYPE } from './edge.ts';

const register = '/api/orchestration/register';
const body = { orchName: 'tenant', as: 'worker', steps: [] };
const seen = (response: { statusCode: number; json: () => unknown }) => [
  response.statusCode,
  (response.json() as { code?: string }).code,
];

describe('bodies', () => {
  it.each([
    ['malformed', '{"a":'],
    ['malformed', 'NaN'],
    ['malformed', '{"a":1} // x'],
    ['byte_order_mark', '\uFEFF{}'],
    ['duplicate_key', '{"as":"worker","as":"initiator"}'],
    ['too_deep', '['.repeat(33)],
    ['forbidden_key', '{"__proto__":{}}'],
    ['invalid_text', '{"as":"\\ud800"}'],
    ['number_out_of_range', '{"seq":1e400}'],
    ['invalid_utf8', Buffer.from([0x22, 0xff, 0x22])],
  ])('refuses JSON that is %s: %j', async (code, payload) => {
    const app = await edge();
    const response = await app.inject({ method: 'POST', url: register, headers: JSON_TYPE, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'malformed_json', errors: [{ in: 'body', code }] });
  });

  it('refuses malformed JSON where it would be kept as it came, too', async () => {
    const app = await edge();
    const url = '/api/orchestration/execute/tenant';
    const response = await app.inject({ method: 'POST', url, headers: JSON_TYPE, payload: '{"a":1,"a":2}' });
    expect(seen(response)).toEqual([400, 'malformed_json']);
  });

  it('refuses YAML with a reason', async () => {
    const app = await edge();
    const headers = { 'content-type': 'application/yaml' };
    const response = await app.inject({ method: 'POST', url: register, headers, payload: 'a: &x 1\nb: *x' });
    expect(response.json()).toMatchObject({
      status: 400,
      code: 'malformed_yaml',
      errors: [{ code: 'forbidden_syntax' }],
    });
  });

  it.each([
    register,
    '/api/orchestration/execute/tenant',
    '/api/v1/tasks/responses',
    `/api/v1/sagas/${FLOW}/cancel`,
  ])('refuses more than %s takes', async (url) => {
    const app = await edge();
    const payload = `"${'x'.repeat(1024 * 1024)}"`;
    expect(seen(await app.inject({ method: 'POST', url, headers: JSON_TYPE, payload }))).toEqual([
      413,
      'payload_too_large',
    ]);
  });

  it('names every field that is wrong', async () => {
    const app = await edge();
    const payload = {
      orchName: '1st',
      as: 'worker',
      steps: [{ name: 'ok' }, { name: 'a/b', extra: 1 }],
      role: 'admin',
    };
    const response = await app.inject({ method: 'POST', url: register, payload });
    const { errors } = response.json<{ errors: { pointer: string }[] }>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/orchName',
      '/role',
      '/steps/1/extra',
      '/steps/1/name',
    ]);
  });
});

describe('content types', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'application/json; charset=latin1',
    'application/json; charset="utf-16"',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8"',
    'application/json; charset="utf-8"; charset=latin1',
    'application/json garbage',
    'application/jsonx',
  ])('refuses %s where JSON is expected', async (type) => {
    const app = await edge();
    const request = {
      method: 'POST' as const,
      url: '/api/v1/tasks/poll',
      headers: { 'content-type': type },
      payload: '{}',
    };
    expect(seen(await app.inject(request))).toEqual([415, 'unsupported_media_type']);
  });

  it('refuses a body without a type', async () => {
    const app = await edge();
    const response = await app.inject({
      method: 'POST',
      url: register,
      headers: { 'content-type': '' },
      payload: '{}',
    });
    expect(response.statusCode).toBe(415);
  });

  it('takes YAML nowhere but for registrations', async () => {
    const app = await edge();
    const headers = { 'content-type': 'application/yaml' };
    expect(
      (await app.inject({ method: 'POST', url: '/api/v1/tasks/poll', headers, payload: 'a: 1' })).statusCode,
    ).toBe(415);
  });

  it.each(['gzip', 'br', 'identity, gzip'])('refuses Content-Encoding: %s', async (encoding) => {
    const app = await edge();
    const headers = { ...JSON_TYPE, 'content-encoding': encoding };
    expect(seen(await app.inject({ method: 'POST', url: register, headers, payload: '{}' }))).toEqual([
      415,
      'unsupported_media_type',
    ]);
  });

  it('takes utf-8 in any case, and identity', async () => {
    const app = await edge({ pollTasks: () => Promise.resolve([]) });
    const headers = { 'content-type': 'application/json; charset=UTF-8', 'content-encoding': 'identity' };
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/tasks/poll',
      headers,
      payload: { service: 'a' },
    });
    expect(response.statusCode).toBe(200);
  });
});

describe('addresses', () => {
  it.each([
    '/',
    '/api',
    '/API/orchestration/health',
    '/livez/',
    '//livez',
    '/livez.',
    '/livez;x=1',
    '/readyz%2f',
    '/api/orchestration//health',
    '/api/v2/sagas',
    `/api/v1/sagas/${FLOW}/delete`,
    '/healthz',
    '/swagger-ui.htm',
  ])('answers 404 at %s', async (url) => {
    const app = await edge();
    expect(seen(await app.inject({ url }))).toEqual([404, 'not_found']);
  });

  it('answers 404 before it looks at the body', async () => {
    const app = await edge();
    const response = await app.inject({
      method: 'POST',
      url: '/nowhere',
      headers: { 'content-type': 'text/plain' },
      payload: 'x',
    });
    expect(response.statusCode).toBe(404);
  });

  it.each([
    ['DELETE', '/livez', 'GET, HEAD'],
    ['HEAD', '/api/v1/events', 'GET'],
    ['HEAD', '/api/v1/feed', 'GET'],
    ['OPTIONS', register, 'POST'],
    ['GET', register, 'POST'],
    ['HEAD', register, 'POST'],
    ['PUT', `/api/v1/sagas/${FLOW}`, 'GET, HEAD'],
    ['PATCH', `/api/v1/sagas/${FLOW}/steps/create/retry`, 'POST'],
    ['TRACE', '/readyz', 'GET, HEAD'],
  ] as const)('answers 405 to %s %s and allows %s', async (method, url, allow) => {
    const app = await edge();
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: { 'x-http-method-override': 'GET' },
    });
    expect([response.statusCode, response.headers['allow']]).toEqual([405, allow]);
  });

  it.each(['/api/v1/sagas/%zz', '/api/v1/sagas/%ff', '/livez?a=%ff', '/readyz?verbose=%'])(
    'refuses %s',
    async (url) => {
      const app = await edge();
      expect(seen(await app.inject({ url }))).toEqual([400, 'invalid_url']);
    },
  );

  it('refuses a part of a path that is too long', async () => {
    const app = await edge();
    expect(seen(await app.inject({ url: `/api/v1/orchestrations/${'a'.repeat(201)}` }))).toEqual([
      414,
      'url_too_long',
    ]);
  });

  it.each([
    '/api/v1/sagas/%zz',
    `/api/v1/orchestrations/${'a'.repeat(201)}`,
    '/api/intern/handlinger/instanser/%zz/prov-igjen',
  ])('names the conversation also where no route was looked for: %s', async (url) => {
    const app = await edge();
    const toldOf = async (headers: Record<string, string>) => (await app.inject({ url, headers })).headers;
    expect((await toldOf({ 'x-correlation-id': 'order-1' }))['x-correlation-id']).toBe('order-1');
    const answer = await app.inject({ url });
    expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traced = await toldOf({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` });
    expect(traced['x-correlation-id']).toBe(traceId);
    expect(traced['traceparent']).toMatch(new RegExp(`^00-${traceId}-`));
  });

  it('refuses query parameters that a route does not know', async () => {
    const app = await edge();
    const response = await app.inject({ url: '/livez?debug=1' });
    expect(response.json()).toMatchObject({
      status: 400,
      errors: [{ in: 'query', pointer: '/debug', code: 'unrecognized_keys' }],
    });
  });
});

describe('callers without authentication', () => {
  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '192.168.0.1',
    'localhost.',
  ])('are refused when they name the host %j', async (host) => {
    const app = await edge();
    expect(seen(await app.inject({ url: '/livez', headers: { host } }))).toEqual([403, 'forbidden_host']);
  });

  it.each(['localhost', 'localhost:8080', '127.0.0.1:1', '[::1]:8080', 'LOCALHOST', 'skald.localhost'])(
    'are served when they name the host %s',
    async (host) => {
      const app = await edge();
      expect((await app.inject({ url: '/livez', headers: { host } })).statusCode).toBe(200);
    },
  );

  it.each([
    ['https://evil.example', 403],
    ['null', 403],
    ['http://localhost:3000', 200],
  ])('coming from a page of %s get %i', async (origin, status) => {
    const app = await edge();
    expect((await app.inject({ url: '/livez', headers: { origin } })).statusCode).toBe(status);
  });
});

describe('every answer', () => {
  const headers = {
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
  };

  it.each([
    ['GET', '/livez', 200],
    ['GET', '/nowhere', 404],
    ['POST', '/livez', 405],
    ['GET', '/api/v1/sagas/%zz', 400],
    ['POST', register, 400],
    ['GET', `/api/v1/sagas/${FLOW}`, 500],
  ] as const)('to %s %s has the security headers', async (method, url, status) => {
    const app = await edge();
    const response = await app.inject({ method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers).toMatchObject(headers);
    expect(Object.keys(response.headers)).not.toContain('server');
    expect(Object.keys(response.headers)).not.toContain('x-powered-by');
  });

  it('tells nothing about a fault but where the log has it', async () => {
    const app = await edge({
      register: () => Promise.reject(new Error('secret at /srv/db: password=hunter2')),
    });
    const response = await app.inject({ method: 'POST', url: register, payload: body });
    const { requestId, ...rest } = response.json<{ requestId: string }>();
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(rest).toEqual({
      type: 'urn:skald:problem:internal',
      title: 'Internal',
      status: 500,
      code: 'internal',
      detail: 'something went wrong here; the request id finds it in the log',
    });
  });

  it('echoes a decent correlation id, and replaces any other', async () => {
    const app = await edge();
    const ask = async (id: string) =>
      (await app.inject({ url: '/livez', headers: { 'x-correlation-id': id } })).headers['x-correlation-id'];
    expect(await ask('order:1.a_b-c')).toBe('order:1.a_b-c');
    for (const bad of ['a b', '', 'x'.repeat(129), 'a;b']) expect(await ask(bad)).toMatch(/^[0-9a-f-]{36}$/);
  });
});
