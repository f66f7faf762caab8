import type { Role } from '../identity/port.ts';
import { PERMISSIONS } from './permissions.ts';
import type { Permission } from './permissions.ts';

/**
 * How far a permission goes. `own`: runs that the caller started, instances that it delivered, and nobody else's; work as the service that the
 * caller is, and as no other.
 */
export type Scope = 'all' | 'own';
export type Grants = Readonly<Partial<Record<Permission, Scope>>>;

const all = (permissions: readonly Permission[]): Grants =>
  Object.fromEntries(permissions.map((permission) => [permission, 'all']));

/** Open to everybody, and for programs that the settings name: no role has it. */
const UNGRANTED: readonly Permission[] = ['public', 'instance:client'];

const READING = [
  'orchestration:read',
  'saga:read',
  'worker:read',
  'feed:read',
  'metrics:read',
  'projection:read',
  'deadletter:read',
  'instance:read',
] as const;

/** What is done with instances day by day. */
const HANDLING = ['instance:open', 'instance:operate'] as const;

/** Recorded events given out once more, with what is sealed in them in the clear where that is asked for. */
const REPLAYING = ['replay:read', 'replay:operate', 'replay:open'] as const;

/** What each role may do; docs/security.md has the same table, a test compares both. */
export const GRANTS: Readonly<Record<Role, Grants>> = {
  viewer: all(READING),
  service: {
    'orchestration:register': 'own',
    'orchestration:read': 'all',
    'saga:start': 'own',
    'saga:read': 'own',
    'saga:undo': 'own',
    'saga:operate': 'own',
    'stream:read': 'own',
    'worker:read': 'all',
    'feed:read': 'own',
    'task:work': 'own',
    'instance:receive': 'own',
    'instance:read': 'own',
    'instance:open': 'own',
  },
  operator: all([
    ...READING,
    'stream:read',
    'audit:read',
    'audit:sign',
    ...REPLAYING,
    'saga:start',
    'saga:undo',
    'saga:operate',
    'projection:operate',
    'deadletter:open',
    'deadletter:operate',
    'instance:receive',
    ...HANDLING,
    'instance:delete',
  ]),
  auditor: all([
    ...READING,
    ...REPLAYING,
    'stream:read',
    'audit:read',
    'audit:sign',
    'deadletter:open',
    'instance:open',
  ]),
  admin: all(PERMISSIONS.filter((permission) => !UNGRANTED.includes(permission))),
  caseworker: all([...READING, ...HANDLING]),
};

/** How far a permission goes for a bearer of these roles; undefined: nowhere. The widest grant counts. */
export const scopeFor = (roles: readonly Role[], permission: Permission): Scope | undefined => {
  const scopes = roles.map((role) => GRANTS[role][permission]);
  return scopes.includes('all') ? 'all' : scopes.find((scope) => scope !== undefined);
};
