import type { FastifyInstance, FastifyRequest, preHandlerHookHandler } from 'fastify';
import type { Auth } from './auth.ts';
import { headerOf } from './call-context.ts';
import { callerOf, ownOnly, requireService } from './caller.ts';
import type { Caller } from './caller.ts';
import { unknownInstance, unknownRun } from './found.ts';
import type { OwnerOfStream } from './own-streams.ts';
import { Problem, problem } from './problem-details.ts';

/**
 * Finds out who calls, and refuses what they may not do: before the body is read. A promise only where something has
 * to be asked for.
 * @throws Problem; the promise rejects with one.
 */
export const authorise = (request: FastifyRequest, auth: Auth): Promise<void> | undefined => {
  const admit = (caller: Caller | null): void => {
    request.caller = caller;
    checkPermission(request);
  };
  const refuse = (error: unknown): never => {
    if (error instanceof Problem) noteRefusal(request, error);
    throw error;
  };
  try {
    const caller = auth.identify(request);
    if (caller instanceof Promise) return caller.then(admit).catch(refuse);
    admit(caller);
    return undefined;
  } catch (error) {
    return refuse(error);
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

const noteRefusal = (request: FastifyRequest, { code, status, cause }: Problem): void => {
  const { method, url: route } = request.routeOptions;
  const by = request.caller?.actor.id;
  const why = typeof cause === 'string' ? cause : undefined;
  request.log.info({ requestId: request.id, method, route, status, code, why, by }, 'not served');
};

/**
 * Lets those who only see what is their own at nobody else's, on every route that is about one run or instance: a
 * foreign one is answered as one that does not exist.
 */
export const guardOwn = (app: FastifyInstance, ownerOfStream: OwnerOfStream): void => {
  const guard: preHandlerHookHandler = (request, _reply, done) => {
    const own = ownOnly(request);
    const subject = own === undefined ? undefined : subjectOf(request.params);
    if (subject === undefined) {
      done();
      return;
    }
    ownerOfStream(subject.stream).then((owner) => {
      done(owner === own ? undefined : subject.unknown());
    }, done);
  };
  app.addHook('onRoute', (route) => {
    if (ABOUT_ONE.test(route.url)) route.preHandler = [guard, ...[route.preHandler ?? []].flat()];
  });
};

const ABOUT_ONE = /:(?:flowId|instanceId)\b/;

type Subject = { readonly stream: string; readonly unknown: () => Problem };

/** What the route is about, by the name of its parameter. */
const subjectOf = (params: unknown): Subject | undefined => {
  if (typeof params !== 'object' || params === null) return undefined;
  if ('flowId' in params && typeof params.flowId === 'string') return runOf(params.flowId);
  return 'instanceId' in params && typeof params.instanceId === 'string'
    ? instanceOf(params.instanceId)
    : undefined;
};

const runOf = (id: string): Subject => ({ stream: `saga-${id}`, unknown: () => unknownRun(id) });

const instanceOf = (id: string): Subject => ({
  stream: `instance-${id}`,
  unknown: () => unknownInstance(id),
});
