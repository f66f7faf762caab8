import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../domain/event.ts';
import type { WhenRefused } from '../identity/port.ts';
import type { Scope } from './grants.ts';
import type { Permission } from './permissions.ts';
import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';

/** Who sent a request, and what they may do. */
export type Caller = {
  readonly actor: Actor;
  /** How far a permission goes for them; undefined: not at all. */
  readonly scopeOf: (permission: Permission) => Scope | undefined;
  /** When what they came with ends, in milliseconds since the Unix epoch; null: never. */
  readonly expiresAt: number | null;
  /** Where it can be refused before: tells of that. */
  readonly whenRefused?: WhenRefused | undefined;
};

declare module 'fastify' {
  interface FastifyRequest {
    /** Null until it is known: on public addresses, and on a handshake whose first frame will say it. */
    caller: Caller | null;
  }
}

/** @throws Problem where nobody has said who they are: such a request never gets this far. */
export const callerOf = ({ caller }: FastifyRequest): Caller => {
  if (caller === null) throw unauthenticated();
  return caller;
};

/** Whose things alone the request is about; undefined where the caller may see everybody's. */
export const ownOnly = (request: FastifyRequest): string | undefined => {
  const { permission } = request.routeOptions.config;
  if (permission === undefined || permission === 'public') return undefined;
  const { actor, scopeOf } = callerOf(request);
  return scopeOf(permission) === 'all' ? undefined : actor.id;
};

/** @throws Problem where the caller may not act as this service. */
export const requireService = (request: FastifyRequest, service: string): void => {
  const own = ownOnly(request);
  if (own !== undefined && own !== service)
    throw problem('forbidden', 'a service acts under its own name only: the subject of its token');
};

/** RFC 6750: whoever sent no token is told nothing about tokens. */
export const unauthenticated = (): Problem =>
  problem('unauthenticated', 'a bearer token is needed here', { headers: { 'www-authenticate': 'Bearer' } });

/** @param why for the log: callers are not told. */
export const tokenRefused = (why: string): Problem => {
  const headers = { 'www-authenticate': 'Bearer error="invalid_token"' };
  return Object.assign(problem('unauthenticated', 'this token is not accepted', { headers }), { cause: why });
};
