import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Auth } from './auth.ts';
import { headerOf } from './call-context.ts';
import { callerOf, ownOnly, requireService } from './caller.ts';
import { Problem, problem } from './problem-details.ts';

/**
 * Finds out who calls, and refuses what they may not do: before the body is read.
 * @throws Problem
 */
export const authorise = async (request: FastifyRequest, auth: Auth): Promise<void> => {
  try {
    request.caller = await auth.identify(request);
    checkPermission(request);
  } catch (error) {
    if (error instanceof Problem) noteRefusal(request, error);
    throw error;
  }
};

const checkPermission = (request: FastifyRequest): void => {
  const { permission } = request.routeOptions.config;
  if (permission === undefined || permission === 'public') return;
  // A handshake that will say later who it is for: the session asks then.
  if (request.caller === null && request.ws) return;
  if (callerOf(request).scopeOf(permission) === undefined)
    throw problem('forbidden', `none of the token's roles has the permission ${permission}`);
  const service = headerOf(request, 'x-service-name');
  if (service !== undefined) requireService(request, service);
};

const noteRefusal = (request: FastifyRequest, { code, status }: Problem): void => {
  const { method, url: route } = request.routeOptions;
  const by = request.caller?.actor.id;
  request.log.info({ requestId: request.id, method, route, status, code, by }, 'not served');
};

/**
 * Lets those who only see their own runs at nobody else's, on every route that is about one: a foreign run is
 * answered as one that does not exist.
 */
export const guardOwnRuns = (
  app: FastifyInstance,
  ownerOfRun: (flowId: string) => Promise<string | undefined>,
): void => {
  app.addHook('preHandler', (request, _reply, done) => {
    const flowId = flowIdOf(request.params);
    const own = flowId === undefined ? undefined : ownOnly(request);
    if (flowId === undefined || own === undefined) {
      done();
      return;
    }
    ownerOfRun(flowId).then((owner) => {
      done(owner === own ? undefined : problem('unknown_run', `Run not found: ${flowId}`));
    }, done);
  });
};

const flowIdOf = (params: unknown): string | undefined =>
  typeof params === 'object' && params !== null && 'flowId' in params && typeof params.flowId === 'string'
    ? params.flowId
    : undefined;
