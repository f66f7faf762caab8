import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Auth } from './auth.ts';
import { headerOf } from './call-context.ts';
import { callerOf, ownOnly, requireService } from './caller.ts';
import type { OwnerOfStream } from './own-streams.ts';
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
 * Lets those who only see what is their own at nobody else's, on every route that is about one run or instance: a
 * foreign one is answered as one that does not exist.
 */
export const guardOwn = (app: FastifyInstance, ownerOfStream: OwnerOfStream): void => {
  app.addHook('preHandler', (request, _reply, done) => {
    const subject = subjectOf(request.params);
    const own = subject === undefined ? undefined : ownOnly(request);
    if (subject === undefined || own === undefined) {
      done();
      return;
    }
    ownerOfStream(subject.stream).then((owner) => {
      done(owner === own ? undefined : problem(subject.code, subject.detail));
    }, done);
  });
};

type Subject = {
  readonly stream: string;
  readonly code: 'unknown_run' | 'unknown_instance';
  readonly detail: string;
};

/** What the route is about, by the name of its parameter. */
const subjectOf = (params: unknown): Subject | undefined => {
  const flowId = memberOf(params, 'flowId');
  if (flowId !== undefined)
    return { stream: `saga-${flowId}`, code: 'unknown_run', detail: `Run not found: ${flowId}` };
  const id = memberOf(params, 'instanceId');
  if (id === undefined) return undefined;
  return { stream: `instance-${id}`, code: 'unknown_instance', detail: `Instance not found: ${id}` };
};

const memberOf = (params: unknown, name: string): string | undefined => {
  const found: unknown = Object.entries(params ?? {}).find(([key]) => key === name)?.[1];
  return typeof found === 'string' ? found : undefined;
};
