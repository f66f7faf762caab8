import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import type { preValidationHookHandler } from 'fastify';
import { z } from 'zod';
import { REPLAY_HEADER } from '../../domain/replayed.ts';
import type { Auth } from './auth.ts';
import { authorise } from './authorise.ts';
import { refusalOfHost } from './host-header.ts';
import { problemOfIssues } from './input-errors.ts';
import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';
import { isRead } from './route-table.ts';
import type { RouteTable } from './route-table.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { tellConversation } from './tell-conversation.ts';

type Guards = { readonly auth: Auth; readonly routes: RouteTable; readonly drain: AbortSignal };

/** What every request has to pass, before its body is looked at. */
export const guardRequests = (app: FastifyInstance, { auth, routes, drain }: Guards): void => {
  app.decorateRequest('caller', null);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SECURITY_HEADERS);
    tellConversation(request, reply);
    const ofHost = refusalOfHost(request.raw);
    if (ofHost !== undefined) return done(ofHost);
    const decide = (): void => done(refusalOf(request, routes, drain) ?? refusalOfBody(request, reply));
    const authorised = authorise(request, auth);
    if (authorised === undefined) decide();
    else authorised.then(decide, done);
  });
  // Otherwise a kept connection would hold up closing for as long as it may stay idle.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (drain.aborted) reply.header('connection', 'close');
    done(null, payload);
  });
  // Node would ask for the body by itself; here the length is looked at first.
  app.server.on('checkContinue', (request, response) => app.server.emit('request', request, response));
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
};

const refusalOf = (request: FastifyRequest, routes: RouteTable, drain: AbortSignal): Problem | undefined => {
  if (request.is404) return notFoundOr405(request, routes);
  if (drain.aborted && request.routeOptions.config.permission !== 'public') {
    return problem('shutting_down', 'this server is shutting down');
  }
  return refusalOfReplayed(request) ?? refusalOfHeaders(request) ?? refusalOfQuery(request.raw.url ?? '');
};

const notFoundOr405 = (request: FastifyRequest, routes: RouteTable): Problem => {
  const allowed = routes.methodsOf(pathOf(request.raw.url ?? ''));
  if (allowed.length === 0) return problem('not_found', 'there is nothing at this address');
  const allow = allowed.join(', ');
  return problem('method_not_allowed', `this address takes ${allow}`, { headers: { allow } });
};

const refusalOfReplayed = ({ headers, method }: FastifyRequest): Problem | undefined =>
  headers[REPLAY_HEADER] === undefined || isRead(method)
    ? undefined
    : problem('replayed_event', 'what a replay session gave out once more is no command');

const refusalOfHeaders = ({ headers }: FastifyRequest): Problem | undefined => {
  const framing = headers['transfer-encoding']?.toLowerCase() ?? 'chunked';
  if (framing !== 'chunked') {
    return problem('invalid_request', 'a body is chunked, or has a length', {
      headers: { connection: 'close' },
    });
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    return problem('unsupported_media_type', 'a request body must not be compressed', {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  return refusalOfType(headers) ?? refusalOfExpect(headers);
};

type Headers = FastifyRequest['headers'];

const CHARSETS = /;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/gi;
const UTF8 = /^(?:utf-8|"utf-8")$/i;

const refusalOfType = (headers: Headers): Problem | undefined => {
  const charsets = [...(headers['content-type'] ?? '').matchAll(CHARSETS)];
  return charsets.every(([, charset = '']) => UTF8.test(charset))
    ? undefined
    : problem('unsupported_media_type', 'the only charset here is utf-8');
};

const refusalOfExpect = (headers: Headers): Problem | undefined => {
  const expect = headers.expect?.toLowerCase() ?? '100-continue';
  return expect === '100-continue'
    ? undefined
    : problem('expectation_failed', 'the only expectation is 100-continue');
};

// Routers leave a broken escape as it stands; then two spellings would mean the same parameter.
const refusalOfQuery = (url: string): Problem | undefined => {
  if (!url.includes('%')) return undefined;
  try {
    decodeURIComponent(url.slice(pathOf(url).length));
    return undefined;
  } catch {
    return problem('invalid_url', 'the query string is not valid UTF-8');
  }
};

const pathOf = (url: string): string => url.split(/[?#]/, 1)[0] ?? '';

/** Of a caller who asks before sending a body. Any other body is not looked at before it comes. */
const refusalOfBody = (request: FastifyRequest, reply: FastifyReply): Problem | undefined => {
  if (request.headers.expect === undefined) return undefined;
  if (isTooLarge(request)) return problem('payload_too_large', 'the body is larger than this route accepts');
  reply.raw.writeContinue();
  return undefined;
};

const isTooLarge = ({ headers, routeOptions }: FastifyRequest): boolean =>
  Number(headers['content-length'] ?? 0) > routeOptions.bodyLimit;

/**
 * On every route from here on: where there is a schema for a body, a missing one is an empty object, all its fields being
 * optional, or named; where there is none, what a caller says in one is refused, as fields are that nobody knows.
 */
export const guardBodies = (app: FastifyInstance): void => {
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().every(isRead) || takesBytes(route.schema)) return;
    const guard = route.schema?.body === undefined ? refuseFields : fillEmpty;
    route.preValidation = [guard, ...[route.preValidation ?? []].flat()];
  });
};

const takesBytes = (schema: FastifySchema | undefined): boolean =>
  schema?.consumes?.includes('application/octet-stream') === true;

const fillEmpty: preValidationHookHandler = (request, _reply, done) => {
  request.body ??= {};
  done();
};

const noFields = z.strictObject({}).optional();

const refuseFields: preValidationHookHandler = (request, _reply, done) => {
  // As where there is a schema: null is no body.
  const { error } = noFields.safeParse(request.body ?? undefined);
  done(error && problemOfIssues(error.issues, 'body'));
};
