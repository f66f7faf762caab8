import type { FastifyInstance } from 'fastify';

export const PERMISSIONS = [
  'public',
  'orchestration:register',
  'orchestration:read',
  'saga:start',
  'saga:read',
  'saga:undo',
  'saga:operate',
  'stream:read',
  'audit:read',
  'audit:sign',
  'replay:read',
  'replay:operate',
  'replay:open',
  'worker:read',
  'feed:read',
  'metrics:read',
  'projection:read',
  'projection:operate',
  'deadletter:read',
  'deadletter:open',
  'deadletter:operate',
  'task:work',
  'instance:receive',
  'instance:read',
  'instance:open',
  'instance:operate',
  'instance:delete',
  'instance:client',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a caller must be allowed to do. Every route has one, or the server does not start. */
    permission?: Permission;
    /** On a public route: what a caller must be allowed to do to be told more. A token is not needed, but looked at. */
    details?: Permission;
  }
}

export class RouteWithoutPermission extends Error {
  override readonly name = 'RouteWithoutPermission';
}

/** Refuses every route added to `app` from here on that does not say which permission it needs. */
export const requirePermissions = (app: FastifyInstance): void => {
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.permission !== undefined) return;
    throw new RouteWithoutPermission(`${String(method)} ${url} declares no permission`);
  });
};
