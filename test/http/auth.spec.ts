import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, it } from 'vitest';
import { COLLECTIONS } from '../../src/infra/http/feed/feed-access.ts';
import { GRANTS, scopeFor } from '../../src/infra/http/grants.ts';
import { PERMISSIONS } from '../../src/infra/http/permissions.ts';
import type { Permission } from '../../src/infra/http/permissions.ts';
import { bearer } from '../../src/infra/http/bearer.ts';
import { ROLES } from '../../src/infra/identity/port.ts';
import { projections } from '../../src/projections/all.ts';
import { signer, claimsFor } from '../support/tokens.ts';
import { addressOf, guardedEdge, headersFor, routesOf, tokenFor } from './auth-edge.ts';
import { done, edge, FLOW, JSON_TYPE, sagaViewWith } from './edge.ts';
import { listen, openRaw } from './raw-client.ts';

const LIST = '/api/v1/orchestrations';
const REGISTER = '/api/orchestration/register';
/** Addresses of the reference, with its error document: it has no codes. */
const SPRING = '/api/intern';
const codeOf = (response: LightMyRequestResponse) => response.json<{ code: string }>().code;
const permissionOf = (name: string): Permission => {
  const found = PERMISSIONS.find((permission) => permission === name);
  if (found === undefined) throw new Error(`there is no permission ${name}`);
  return found;
};

/** The edge, and what reached the commands that write of their own accord. */
const watched = async () => {
  const recorded: unknown[] = [];
  const app = await guardedEdge({
    refuseRegistration: (who, refusal) => {
      recorded.push(who);
      return Promise.resolve(refusal);
    },
  });
  return { app, recorded };
};

describe('without a token', () => {
  it('every route that is not public answers 401, and nothing is recorded', async () => {
    const { app, recorded } = await watched();
    const guarded = routesOf(app).filter(({ permission }) => permission !== 'public');
    expect(guarded.length).toBeGreaterThan(35);
    for (const { method, url } of guarded) {
      const payload = method === 'POST' ? { payload: '{"orchName":"tenant"}', headers: JSON_TYPE } : {};
      const response = await app.inject({ method: method as 'GET', url: addressOf(url), ...payload });
      const { 'www-authenticate': challenge, 'cache-control': caching } = response.headers;
      expect([method, url, response.statusCode, codeOf(response), challenge, caching]).toEqual([
        ...[method, url, 401, url.startsWith(SPRING) ? undefined : 'unauthenticated', 'Bearer', 'no-store'],
      ]);
    }
    expect(recorded).toEqual([]);
  });

  it('public routes are served, and what is not there is 404 or 405', async () => {
    const { app } = await watched();
    const open = routesOf(app).filter(({ permission }) => permission === 'public');
    expect(open.map(({ url }) => url)).toContain('/livez');
    // What a server has not got, as Kafka's description, is not there.
    for (const { url: route } of open) {
      const url = route.replace(':type', 'none').replace(':version', 'current');
      expect([200, 404]).toContain((await app.inject({ url })).statusCode);
    }
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
    expect((await app.inject({ url: '/nowhere' })).statusCode).toBe(404);
    expect((await app.inject({ method: 'DELETE', url: '/api/v1/sagas' })).statusCode).toBe(405);
    for (const path of ['//api/v1/sagas', '/API/v1/sagas', '/api/v1/sagas;x'])
      expect([path, (await app.inject({ url: path })).statusCode]).toEqual([path, 404]);
  });

  it('the body is not read', async () => {
    const app = await guardedEdge();
    const request = `POST ${REGISTER} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`;
    const answer = await openRaw(await listen(app), request).until(/unauthenticated/);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).not.toContain('100 Continue');
  });
});

describe('with a role', () => {
  it.each(ROLES)('%s: exactly the routes it is granted are served', async (role) => {
    const { app, recorded } = await watched();
    const headers = await headersFor('trip-service', [role]);
    for (const { method, url, permission } of routesOf(app)) {
      const { statusCode } = await app.inject({ method: method as 'GET', url: addressOf(url), headers });
      const isGranted = permission === 'public' || scopeFor([role], permissionOf(permission)) !== undefined;
      expect([method, url, statusCode === 403, statusCode === 401]).toEqual([method, url, !isGranted, false]);
    }
    expect(recorded).toEqual([]);
  });

  it('none, or one that nobody knows, may do nothing', async () => {
    const app = await guardedEdge();
    for (const claims of [{ roles: [] }, { roles: ['root'] }, { roles: undefined }]) {
      const response = await app.inject({ url: LIST, headers: await headersFor('erik', [], claims) });
      expect([response.statusCode, codeOf(response)]).toEqual([403, 'forbidden']);
    }
  });

  it('does what each is for, and nothing else', async () => {
    const app = await guardedEdge();
    const of = async (role: (typeof ROLES)[number], method: 'GET' | 'POST', url: string) =>
      (await app.inject({ method, url, headers: await headersFor('x', [role]) })).statusCode;
    expect(await of('viewer', 'POST', `/api/v1/sagas/${FLOW}/cancel`)).toBe(403);
    expect(await of('viewer', 'GET', '/api/v1/events')).toBe(403);
    expect(await of('auditor', 'GET', '/api/v1/events')).toBe(200);
    expect(await of('auditor', 'POST', `/api/orchestration/undo/${FLOW}`)).toBe(403);
    expect(await of('operator', 'POST', '/api/v1/tasks/poll')).toBe(403);
    expect(await of('service', 'POST', '/api/v1/projections/sagas/rebuild')).toBe(403);
  });

  it('several: the widest grant of each permission counts', () => {
    expect(scopeFor(['service', 'viewer'], 'saga:read')).toBe('all');
    expect(scopeFor(['service', 'viewer'], 'saga:undo')).toBe('own');
    expect(scopeFor(['viewer', 'auditor'], 'saga:undo')).toBeUndefined();
  });
});

describe('a page of another origin', () => {
  it.each(['https://evil.example', 'http://localhost.evil.example', 'null'])(
    'may read no answer: %s is allowed nothing, with a token and without (S-91)',
    async (origin) => {
      const app = await guardedEdge();
      const asking = {
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      };
      const answers = [
        await app.inject({ url: LIST, headers: { origin, ...(await headersFor('erik', ['admin'])) } }),
        await app.inject({ url: '/livez', headers: { origin } }),
        await app.inject({ method: 'OPTIONS', url: LIST, headers: { origin, ...asking } }),
      ];
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 405]);
      for (const { headers } of answers)
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    },
  );
});

describe('a token', () => {
  const refusedWith = async (headers: Record<string, string>) => {
    const response = await (await guardedEdge()).inject({ url: LIST, headers });
    return [response.statusCode, codeOf(response), response.headers['www-authenticate']];
  };
  const BAD = [401, 'unauthenticated', 'Bearer error="invalid_token"'];
  const NONE = [401, 'unauthenticated', 'Bearer'];

  it('opens the door, in any case of the scheme', async () => {
    const app = await guardedEdge();
    const token = await tokenFor('erik', ['viewer']);
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect(
        (await app.inject({ url: LIST, headers: { authorization: `${scheme} ${token}` } })).statusCode,
      ).toBe(200);
  });

  it('that is not accepted is answered with invalid_token', async () => {
    const nowMs = Date.parse('2020-01-01T00:00:00Z');
    const others = await signer().sign(claimsFor('erik', ['admin'], { nowMs: 4_000_000_000_000 }));
    const old = await headersFor('erik', ['admin'], { exp: nowMs / 1000 });
    expect(await refusedWith(old)).toEqual(BAD);
    expect(await refusedWith({ authorization: `Bearer ${others}` })).toEqual(BAD);
    expect(await refusedWith({ authorization: 'Bearer x' })).toEqual(BAD);
    expect(await refusedWith({ authorization: `Bearer ${'x'.repeat(9000)}` })).toEqual(BAD);
  });

  it('of another scheme, in a cookie, in the address or in the body is none', async () => {
    const token = await tokenFor('erik', ['admin']);
    expect(await refusedWith({ authorization: `Basic ${token}` })).toEqual(NONE);
    expect(await refusedWith({ authorization: token })).toEqual(NONE);
    expect(await refusedWith({ cookie: `access_token=${token}` })).toEqual(NONE);
    const app = await guardedEdge();
    const inAddress = `${LIST}?access_token=${token}`;
    expect((await app.inject({ url: inAddress })).statusCode).toBe(401);
    const both = { url: inAddress, headers: { authorization: `Bearer ${token}` } };
    expect((await app.inject(both)).statusCode).toBe(400);
    const inBody = { payload: JSON.stringify({ access_token: token }), headers: JSON_TYPE };
    const undo = { method: 'POST' as const, url: `/api/orchestration/undo/${FLOW}` };
    expect((await app.inject({ ...undo, ...inBody })).statusCode).toBe(401);
  });

  it('beside another one is a bad request, whichever of them is good', async () => {
    const app = await guardedEdge();
    const port = await listen(app);
    const good = `Authorization: Bearer ${await tokenFor('erik', ['admin'])}\r\n`;
    for (const headers of [good + good, `authorization: Bearer x\r\n${good}`]) {
      const request = `GET ${LIST} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;
      expect(await openRaw(port, request).all).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_header"/);
    }
  });

  it('of 3 MiB does not get past the limit of headers', async () => {
    const app = await guardedEdge();
    const request = `GET ${LIST} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${'x'.repeat(3 << 20)}\r\n\r\n`;
    expect(await openRaw(await listen(app), request).until(/headers_too_large/)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('says who acts: a service, or a user', async () => {
    const actors: unknown[] = [];
    const app = await guardedEdge({
      startSaga: (_input, { actor }) => {
        actors.push(actor);
        return Promise.resolve(done({ flowId: FLOW }));
      },
      getSaga: () => Promise.resolve(sagaViewWith()),
    });
    for (const [subject, role] of [['trip-service', 'service'] as const, ['erik', 'operator'] as const]) {
      const headers = await headersFor(subject, [role]);
      await app.inject({ method: 'POST', url: '/api/orchestration/execute/tenant', headers });
    }
    expect(actors).toEqual([
      { kind: 'service', id: 'trip-service', source: 'http' },
      { kind: 'user', id: 'erik', source: 'http' },
    ]);
  });

  it('that nobody can check is answered with 503, never let in', async () => {
    const app = await edge({}, { auth: bearer({ verify: () => Promise.resolve({ kind: 'unavailable' }) }) });
    const response = await app.inject({ url: LIST, headers: await headersFor('erik', ['admin']) });
    expect([response.statusCode, codeOf(response), response.headers['retry-after']]).toEqual([
      503,
      'idp_unavailable',
      '5',
    ]);
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200);
  });
});

describe('what is written down', () => {
  it('docs/security.md has what each role may do', () => {
    const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
    const [head = '', ...rows] = [...page.matchAll(/^\| `?permission`? \|.*\n\|[-| ]+\n((?:\|.*\n)+)/gm)]
      .map(([table]) => table)
      .join('')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('|--'));
    const cellsOf = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''));
    const [, ...roles] = cellsOf(head);
    expect(roles).toEqual([...ROLES]);
    const written = rows.map((row) => cellsOf(row));
    const real = PERMISSIONS.filter((permission) => permission !== 'public').map((permission) => [
      permission,
      ...ROLES.map((role) => GRANTS[role][permission] ?? ''),
    ]);
    expect(written).toEqual(real);
  });

  it('every read model that can be followed has a permission', () => {
    expect(Object.keys(COLLECTIONS).sort()).toEqual(projections.map(({ spec }) => spec.name).sort());
  });

  it('the API description says which routes need a token, and with which permission', async () => {
    const app = await guardedEdge();
    const { paths, components } = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, Record<string, { security?: unknown }>>;
      components: { securitySchemes: unknown };
    }>();
    expect(components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
    for (const { method, url, permission } of routesOf(app)) {
      const path = url.replaceAll(/:([A-Za-z]+)/g, '{$1}');
      const { security } = paths[path]?.[method.toLowerCase()] ?? {};
      expect([url, security]).toEqual([
        url,
        permission === 'public' ? undefined : [{ bearer: [permission] }],
      ]);
    }
  });
});
