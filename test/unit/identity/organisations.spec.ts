import { describe, expect, it } from 'vitest';
import { principalOf } from '../../../src/infra/identity/claims.ts';
import { loadConfig } from '../../../src/config.ts';

const organisations = {
  organisationClaim: 'organizationid',
  userClaim: 'objectidentifier',
  roles: { 'afk.no': ['USER'], 'vigo.no': ['DEVELOPER', 'USER'], 'novari.no': ['ADMIN'], 'empty.no': [] },
} as const;
const role = (name: string): string => `https://role-catalog.example/vigo/flyt/${name}`;

const judged = (claims: object, rules: Partial<Parameters<typeof principalOf>[1]> = {}) =>
  principalOf(
    { sub: 'kari', exp: 2_000_000_000, ...claims },
    { rolesClaim: 'roles', issuedBefore: 2_000_000_000, organisations, ...rules },
  );
const person = (organizationid: unknown, ...roles: readonly unknown[]) => ({
  ...{ organizationid, objectidentifier: 'o-1', roles },
});

describe('a person of an organisation', () => {
  it.each<[string, object, readonly string[]]>([
    ['a user is a caseworker', person('afk.no', role('user')), ['caseworker']],
    ['an admin operates', person('novari.no', role('admin')), ['operator']],
    ['a developer may do all', person('vigo.no', role('developer')), ['admin']],
    ['several roles count', person('vigo.no', role('user'), role('developer')), ['admin', 'caseworker']],
    [
      'the end of the address counts, in any case',
      person('afk.no', 'https://x/VIGO/Flyt/USER/'),
      ['caseworker'],
    ],
    ['a role that does not count there is none', person('afk.no', role('developer'), role('admin')), []],
    ['an organisation that is not in the map has none', person('other.no', role('developer')), []],
    ['nor has one whose list is empty', person('empty.no', role('user')), []],
    ['nor one named as what every object has', person('constructor', role('user')), []],
    ['a role of another application is none', person('afk.no', 'https://x/vigo/elev/user', 'user'), []],
    ['our own names do not count beside an organisation', person('afk.no', 'admin', 'operator'), []],
  ])('%s', (_, claims, roles) => {
    expect(judged(claims)).toMatchObject({ subject: 'kari', roles });
  });

  it.each<[string, object]>([
    ['the person', { organizationid: 'afk.no', roles: [role('user')] }],
    ['the roles', { organizationid: 'afk.no', objectidentifier: 'o-1' }],
    ['a list of roles', { organizationid: 'afk.no', objectidentifier: 'o-1', roles: role('user') }],
    ['the organisation, and any role of ours', { objectidentifier: 'o-1', roles: [role('user')] }],
    ['an organisation that is a text', person(7, role('user'))],
    ['an organisation that is not empty', person('', role('user'))],
    ['everything', {}],
  ])('is refused without %s', (_, claims) => {
    expect(judged(claims)).toBeUndefined();
  });

  it('may be named by other claims', () => {
    const rules = { organisations: { ...organisations, organisationClaim: 'org.id', userClaim: 'oid' } };
    const claims = { org: { id: 'afk.no' }, oid: 'o-1', roles: [role('user')] };
    expect(judged(claims, rules)).toMatchObject({ roles: ['caseworker'] });
  });
});

describe('a token without an organisation', () => {
  it('keeps its plain roles where people come from organisations', () => {
    expect(judged({ roles: ['service', 'viewer'] })).toMatchObject({ roles: ['viewer', 'service'] });
  });

  it('is judged as ever where no organisations are set', () => {
    const claims = { ...person('afk.no', 'viewer', role('user')) };
    const plain = principalOf(
      { sub: 'kari', exp: 2_000_000_000, ...claims },
      { rolesClaim: 'roles', issuedBefore: 2_000_000_000 },
    );
    expect(plain).toEqual({ subject: 'kari', roles: ['viewer'], expiresAt: 2_000_000_000_000 });
  });
});

describe('an internal client', () => {
  const internalClients = new Set(['archive-gateway']);

  it('is known by its subject, without any role', () => {
    expect(judged({ sub: 'archive-gateway' }, { internalClients })).toEqual({
      ...{ subject: 'archive-gateway', roles: [], expiresAt: 2_000_000_000_000, isInternalClient: true },
    });
    expect(judged({ sub: 'other' }, { internalClients })).toBeUndefined();
  });

  it('keeps the roles it has besides', () => {
    const both = judged({ sub: 'archive-gateway', roles: ['service'] }, { internalClients });
    expect(both).toMatchObject({ roles: ['service'], isInternalClient: true });
  });
});

describe('the settings', () => {
  const load = (more: Readonly<Record<string, string>>) =>
    loadConfig(more, () => ({ kind: 'ok', entries: [] }));

  it('take the map as JSON, and the clients as a list', () => {
    const loaded = load({ ORGANISATION_ROLES: '{"afk.no":["USER"]}', INTERNAL_CLIENTS: ' a, b c,' });
    expect(loaded).toMatchObject({
      kind: 'ok',
      config: {
        ORGANISATION_ROLES: { 'afk.no': ['USER'] },
        INTERNAL_CLIENTS: ['a', 'b', 'c'],
        INTERNAL_API: 'on',
      },
    });
  });

  it.each(['{', '[]', '{"afk.no":["KING"]}', '{"afk.no":"USER"}', '{"":["USER"]}'])(
    'refuse %s as the map, and name it',
    (text) => {
      const loaded = load({ ORGANISATION_ROLES: text });
      expect(loaded).toMatchObject({
        ...{ kind: 'invalid', problems: [expect.stringMatching(/^ORGANISATION_ROLES/) as string] },
      });
    },
  );
});
