import type { FastifyRequest } from 'fastify';
import type { Identity, Principal, Verdict } from '../identity/port.ts';
import type { Auth } from './auth.ts';
import { invalidHeader } from './call-context.ts';
import { tokenRefused, unauthenticated } from './caller.ts';
import type { Caller } from './caller.ts';
import { scopeFor } from './grants.ts';
import { problem } from './problem-details.ts';
import { isHandshake } from './socket/handshake.ts';

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const RETRY_AFTER_S = '5';
/** What the programs that the settings name may do, and nobody by a role. */
const FOR_CLIENTS = 'instance:client';

/**
 * `AUTH=jwt`: every address that is not public needs a token in the header Authorization. Only the handshake of
 * a socket from a page of this server may go without: browsers cannot send the header there, their first frame has
 * the token. A token in an address or a body is none.
 */
export const bearer = (identity: Identity): Auth => {
  const judged = async (token: string): Promise<Judged> => {
    const verdict = await identity.verify(token);
    if (verdict.kind === 'unavailable') throw unavailable();
    return verdict;
  };
  const callerOfToken = async (token: string): Promise<Caller | undefined> => {
    const verdict = await judged(token);
    return verdict.kind === 'known' ? callerFor(verdict.principal) : undefined;
  };
  return {
    callerOfToken,
    identify: async (request) => {
      const opensSocket = isHandshake(request.raw);
      if (opensSocket) checkOrigin(request);
      if (isOpen(request)) return callerWhoMaySeeMore(request, callerOfToken);
      const token = tokenOf(request);
      if (token === undefined && opensSocket && request.headers.origin !== undefined) return null;
      if (token === undefined) throw unauthenticated();
      const verdict = await judged(token);
      if (verdict.kind === 'known') return callerFor(verdict.principal);
      throw tokenRefused(verdict.why);
    },
  };
};

type Judged = Exclude<Verdict, { kind: 'unavailable' }>;

/** Of a public address that tells some callers more. It answers everybody: a token that is not accepted is none. */
const callerWhoMaySeeMore = async (
  request: FastifyRequest,
  callerOfToken: (token: string) => Promise<Caller | undefined>,
): Promise<Caller | null> => {
  const token = request.routeOptions.config.details === undefined ? undefined : tokenOf(request);
  if (token === undefined) return null;
  return (await callerOfToken(token).catch(() => undefined)) ?? null;
};

/** Also what is not there at all: it is answered with 404 or 405, which say what the description says. */
const isOpen = ({ is404, routeOptions }: FastifyRequest): boolean =>
  is404 || routeOptions.config.permission === 'public';

const tokenOf = ({ raw, headers }: FastifyRequest): string | undefined => {
  // Node keeps the first of several and drops the others.
  const given = raw.rawHeaders.filter((name, index) => index % 2 === 0 && /^authorization$/i.test(name));
  if (given.length > 1) throw invalidHeader('Authorization', 'must be there once');
  return BEARER.exec(headers.authorization ?? '')?.[1];
};

/** A browser names the page it opens a socket for: no other site may use what the browser can reach here. */
const checkOrigin = ({ headers: { host }, raw }: FastifyRequest): void => {
  const origins = raw.rawHeaders.filter((_, index, all) => index % 2 === 1 && isOrigin(all[index - 1]));
  if (origins.length > 1) throw invalidHeader('Origin', 'must be there once');
  const [origin] = origins;
  const page = origin === undefined ? host : (URL.parse(origin)?.host ?? '');
  if (page?.toLowerCase() !== host?.toLowerCase())
    throw problem('forbidden_origin', 'only pages of this server may open a socket here');
};

const isOrigin = (name: string | undefined): boolean => name?.toLowerCase() === 'origin';

const callerFor = ({ subject, roles, isInternalClient, expiresAt, whenRefused }: Principal): Caller => ({
  actor: {
    kind: isInternalClient || roles.includes('service') ? 'service' : 'user',
    id: subject,
    source: 'http',
  },
  scopeOf: (permission) =>
    isInternalClient && permission === FOR_CLIENTS ? 'all' : scopeFor(roles, permission),
  expiresAt,
  whenRefused,
});

const unavailable = () =>
  problem('idp_unavailable', 'tokens cannot be checked now: the keys of their issuer cannot be had', {
    headers: { 'retry-after': RETRY_AFTER_S },
  });
