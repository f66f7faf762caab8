import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import { GRANTS } from '../../src/infra/http/grants.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { getStream } from '../../src/queries/stream/get-stream.ts';
import { getInstance } from '../../src/queries/instance/get-instance.ts';
import { headersWith, instanceWorld, objectWith } from '../support/instance-world.ts';
import * as instance from '../support/instances.ts';
import { logOf, logReaderOf, queriesOver } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { addressOf, guardedEdge, headersFor, jwtAuth, routesOf } from './auth-edge.ts';
import { done, JSON_TYPE } from './edge.ts';
import { each } from './read-edge.ts';

const RETRY = '/api/intern/handlinger/instanser/7/prov-igjen';
const RETRY_BY_CLIENT = '/api/intern-klient/handlinger/instanser/7/prov-igjen';
const REBUILD = '/api/v1/projections/sagas/rebuild';
const HOLD = '/api/v1/instances/7/hold';

const organisations = {
  organisationClaim: 'organizationid',
  userClaim: 'objectidentifier',
  roles: { 'afk.no': ['USER'], 'novari.no': ['USER', 'ADMIN', 'DEVELOPER'] },
} as const;
const rules = { organisations, internalClients: new Set(['archive-gateway']) };
const role = (name: string): string => `https://role-catalog.example/vigo/flyt/${name}`;
const person = (organizationid: string, name: string) => ({
  ...{ organizationid, objectidentifier: 'o-1', roles: [role(name)] },
});

const guarded = async () => {
  const contexts: CallContext[] = [];
  const answered = (_id: string, ...rest: readonly unknown[]) => {
    contexts.push(rest.at(-1) as CallContext);
    return Promise.resolve(done({ correlationId: 'c' }));
  };
  const held: Handlers['holdInstance'] = () => Promise.resolve(done(null));
  const app = await guardedEdge(
    { retryInstance: answered, holdInstance: held },
    { auth: jwtAuth(undefined, rules) },
  );
  const status = async (url: string, subject: string, claims: object) => {
    const headers = { ...JSON_TYPE, ...(await headersFor(subject, [], claims)) };
    const payload = url === HOLD ? '{"reason":"r"}' : '{}';
    return (await app.inject({ method: 'POST', url, headers, payload })).statusCode;
  };
  return { app, status, contexts };
};

describe('a person of an organisation', () => {
  it.each<[string, object, Readonly<Record<string, number>>]>([
    [
      'a user',
      person('afk.no', 'user'),
      { [RETRY]: 200, [HOLD]: 403, [REBUILD]: 403, [RETRY_BY_CLIENT]: 403 },
    ],
    ['an admin', person('novari.no', 'admin'), { [RETRY]: 200, [HOLD]: 200, [RETRY_BY_CLIENT]: 403 }],
    ['a developer', person('novari.no', 'developer'), { [RETRY]: 200, [HOLD]: 200, [RETRY_BY_CLIENT]: 403 }],
    ['one whose role does not count there', person('afk.no', 'developer'), { [RETRY]: 403 }],
    ['one of another organisation', person('other.no', 'user'), { [RETRY]: 403 }],
    ['one whose claims are missing', { roles: [role('user')] }, { [RETRY]: 401 }],
    ['one without a name', { organizationid: 'afk.no', roles: [role('user')] }, { [RETRY]: 401 }],
  ])('%s is served what the role allows', async (_, claims, expected) => {
    const { status } = await guarded();
    for (const [url, code] of Object.entries(expected))
      expect([url, await status(url, 'kari', claims)]).toEqual([url, code]);
  });

  it('is who acts', async () => {
    const { status, contexts } = await guarded();
    await status(RETRY, 'kari', person('afk.no', 'user'));
    expect(contexts).toEqual([{ actor: { kind: 'user', id: 'kari', source: 'http' } }]);
  });
});

describe('what catalogue roles come to', () => {
  it('is a ladder: each may do what the one before it may', () => {
    const [user, admin, developer] = (['caseworker', 'operator', 'admin'] as const).map((one) => GRANTS[one]);
    expect(admin).toMatchObject(user ?? {});
    expect(developer).toMatchObject(admin ?? {});
  });
});

describe('an internal client', () => {
  it('is served at its own addresses and nowhere else', async () => {
    const { status, contexts } = await guarded();
    expect(await status(RETRY_BY_CLIENT, 'archive-gateway', { roles: undefined })).toBe(200);
    expect(await status(RETRY, 'archive-gateway', { roles: undefined })).toBe(403);
    expect(await status(HOLD, 'archive-gateway', { roles: undefined })).toBe(403);
    expect(contexts).toEqual([{ actor: { kind: 'service', id: 'archive-gateway', source: 'http' } }]);
  });

  it('that the settings do not name is refused, whatever roles it has', async () => {
    const { status } = await guarded();
    expect(await status(RETRY_BY_CLIENT, 'other', { roles: undefined })).toBe(401);
    for (const plain of ['service', 'operator', 'admin'])
      expect(await status(RETRY_BY_CLIENT, 'other', { roles: [plain] })).toBe(403);
  });
});

/** In these logs every instance is erik's. */
const [THEIRS, MISSING] = ['7', '99'];
const written: readonly Written[] = [
  [`instance-${THEIRS}`, instance.received()],
  [`instance-${THEIRS}`, instance.registered],
];

const owned = async () => {
  const log = logOf(...written);
  const { queries } = await queriesOver(log);
  const app = await guardedEdge({ getStream: getStream(logReaderOf(log)) }, { queries });
  const as = async (subject: string, ...roles: readonly Role[]) => {
    const headers = await headersFor(subject, roles);
    return async (url: string, method: 'GET' | 'POST' = 'GET') => {
      const response = await app.inject({ method, url, headers });
      return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
    };
  };
  return { app, as };
};

describe("another service's instance", () => {
  it('is answered on every route a service has as one that does not exist', async () => {
    const { app, as } = await owned();
    const call = await as('mallory-service', 'service');
    const open = routesOf(app).filter(({ permission }) => permission === 'instance:open');
    expect(open.length).toBeGreaterThanOrEqual(3);
    const without = (id: string, answer: object) =>
      JSON.stringify({ ...answer })
        .replaceAll(id, 'ID')
        .replaceAll(/"requestId":"[^"]*"/g, '');
    for (const { url } of open) {
      const theirs = await call(addressOf(url, { instanceId: THEIRS }));
      expect(theirs).toMatchObject({ status: 404, body: { code: 'unknown_instance' } });
      const missing = await call(addressOf(url, { instanceId: MISSING }));
      expect(without(THEIRS, theirs)).toBe(without(MISSING, missing));
    }
    expect((await call(`/api/v1/streams/instance-${THEIRS}`)).status).toBe(404);
  });

  it('is in no list, count or event that it sees', async () => {
    const { as } = await owned();
    const mallory = await as('mallory-service', 'service');
    expect(each(await mallory('/api/v1/instances'), 'id')).toEqual([]);
    expect((await mallory('/api/v1/instances/counts')).body).toMatchObject({ total: 0 });
    expect(each(await mallory('/api/v1/events'), 'stream')).toEqual([]);
    const erik = await as('erik', 'service');
    expect(each(await erik('/api/v1/instances'), 'id')).toEqual([THEIRS]);
    expect(each(await erik('/api/v1/events'), 'stream')).toHaveLength(2);
    expect((await erik(`/api/v1/streams/instance-${THEIRS}`)).status).toBe(200);
  });

  it('is seen by everybody whose role reads instances', async () => {
    const { as } = await owned();
    for (const one of ['viewer', 'caseworker', 'operator', 'auditor', 'admin'] as const)
      expect(each(await (await as('somebody', one))('/api/v1/instances'), 'id')).toEqual([THEIRS]);
  });
});

describe('an instance that a service delivered', () => {
  it('is its own: it reads it, and no other service does', async () => {
    const world = await instanceWorld();
    const { queries } = await queriesOver([], { log: world.store });
    const handlers = { ...world, getInstance: getInstance(world) };
    const app = await guardedEdge(handlers, { queries });
    const as = async (subject: string) => ({ ...JSON_TYPE, ...(await headersFor(subject, ['service'])) });
    const payload = JSON.stringify({ headers: headersWith(), value: objectWith('x') });
    const made = await app.inject({
      method: 'POST',
      url: '/api/v1/instances',
      headers: await as('forms'),
      payload,
    });
    const url = String(made.headers['location']);
    expect(made.statusCode).toBe(201);
    expect((await app.inject({ url, headers: await as('forms') })).statusCode).toBe(200);
    expect((await app.inject({ url, headers: await as('other') })).statusCode).toBe(404);
  });
});
