import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mostRetries } from '../../../commands/instance/inputs.ts';
import { int64 } from '../../../domain/int64.ts';
import type { Clock } from '../../clock/port.ts';
import { parseExactJson } from '../../strict-input/exact-json.ts';
import { unauthenticated } from '../caller.ts';
import { answerError } from '../error-handler.ts';
import type { Permission } from '../permissions.ts';
import { problem } from '../problem-details.ts';
import type { Problem } from '../problem-details.ts';
import { answerSpringError, springError } from '../spring-error.ts';
import type { App } from '../typed-app.ts';
import { batchLocation, TAG } from './instance-schemas.ts';
import { RETRYING } from './instance-steer.ts';
import { operation } from './operation.ts';
import { doneOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';

type Deps = RouteDeps & {
  readonly clock: Pick<Clock, 'now'>;
  /** The addresses for people answer 401 to everybody. */
  readonly isInternalApiOff?: boolean;
};

const ACTIONS = 'handlinger/instanser';
/** A path may spell a number in more than one way; ids have one. */
const instanceId = z
  .string()
  .regex(/^[+-]?\d{1,30}$/, 'must be a 64-bit integer')
  .meta({ format: 'int64' })
  .transform((digits) => BigInt(digits).toString())
  .pipe(int64);
const onInstance = z.strictObject({ instanceId });
const ids = z.array(z.bigint().transform(String).pipe(int64));
const NO_IDS = 'the body must be an array of 64-bit integers';
/** For the description: the ids themselves are looked at by the route, and refused in the reference's words. */
const someIds = z
  .unknown()
  .refine((body) => Array.isArray(body), NO_IDS)
  .meta({ type: 'array', items: { type: 'integer', format: 'int64' }, maxItems: mostRetries });

/** The reference's own addresses, for people and for programs that the settings name: its answers, its error document. */
export const instanceInternRoutes = (app: App, deps: Deps): void => {
  family(app, deps, { prefix: '/api/intern', permission: 'instance:operate' });
  family(app, { ...deps, isInternalApiOff: false }, FOR_CLIENTS);
};

const FAMILIES = /^\/api\/intern(?:-klient)?\//;

/** Answers what no router takes, in the form of the address that was meant. */
export const answerUnrouted =
  (now: () => number) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const answer = FAMILIES.test(request.url) ? answerSpringError(now, answerOf) : answerError;
    answer(error, request, reply);
  };

const FOR_CLIENTS = { prefix: '/api/intern-klient', permission: 'instance:client' } as const;

type Family = { readonly prefix: string; readonly permission: Permission };

const family = (app: App, deps: Deps, { prefix, permission }: Family): void => {
  const options = {
    ...{ config: { permission }, errorHandler: answerSpringError(deps.clock.now, answerOf) },
    ...(deps.isInternalApiOff === true ? { onRequest: closed } : {}),
  };
  app.register((scope: App, _options, done) => {
    takeAnyBody(scope);
    const schema = { ...described('Send an instance out again'), params: onInstance };
    scope.post(
      `${prefix}/${ACTIONS}/:instanceId/prov-igjen`,
      { ...options, schema },
      async (request, reply) => {
        const { instanceId: id } = request.params;
        const retried = await deps.handlers.retryInstance(id, deps.contextOf(request));
        // One that was deleted is not there any more, as one that never was.
        if (retried.kind === 'rejected' && retried.code === 'instance_deleted') throw missing(id);
        doneOf(retried);
        return empty(reply);
      },
    );
    done();
  });
  app.register((scope: App, _options, done) => {
    takeExactJson(scope);
    const schema = { ...described('Send many instances out again'), body: someIds };
    const many = { ...options, ...RETRYING, schema };
    scope.post(`${prefix}/${ACTIONS}/prov-igjen/batch`, many, async (request, reply) => {
      const batchId = await retryInTime(deps, request, idsIn(request.body));
      reply.header('location', batchLocation(batchId));
      return empty(reply);
    });
    done();
  });
};

/** Before the route's own limit, which would answer 500. */
const ANSWERED_AFTER_MS = RETRYING.handlerTimeout - 60_000;

/** The batch, once it is through; or, where that takes too long, while it goes on: this address answers 200 always. */
const retryInTime = (
  deps: Deps,
  request: FastifyRequest,
  instanceIds: readonly string[],
): Promise<string> => {
  const begun = Promise.withResolvers<string>();
  const late = Promise.withResolvers<string>();
  const whole = deps.handlers
    .retryInstances(instanceIds, deps.contextOf(request), begun.resolve)
    .then((retried) => doneOf(retried).value.batchId);
  const stopTimer = request.server.schedule(ANSWERED_AFTER_MS, () => {
    late.resolve(begun.promise);
    whole.catch((err: unknown) => request.log.error({ err }, 'a batch of retries was not finished'));
  });
  return Promise.race([whole.finally(stopTimer), late.promise]);
};

const missing = (id: string): Problem =>
  problem('unknown_instance', `Could not find instance with id='${id}'`);

const closed = (): Promise<never> => Promise.reject(unauthenticated());

const FAILED = {
  description: "The reference's error document; `message` says why.",
  content: { 'application/json': { schema: springError } },
};

const described = (summary: string) => {
  const { response, ...description } = operation(TAG, summary, z.undefined());
  return { ...description, response: { 200: response[200], '4xx': FAILED, '5xx': FAILED } };
};

const empty = (reply: FastifyReply): FastifyReply => reply.code(200).send();

/** It asks for none; whatever comes along is not looked at. */
const takeAnyBody = (scope: App): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => {
    done(null, undefined);
  });
};

const takeExactJson = (scope: App): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    const parsed = parseExactJson(body);
    if (parsed.kind === 'ok') done(null, parsed.value);
    else done(problem('malformed_json', parsed.flaw.detail));
  });
};

const idsIn = (body: unknown): readonly string[] => {
  const { data } = ids.safeParse(body);
  if (data === undefined) throw problem('invalid_input', NO_IDS);
  if (data.length > mostRetries)
    throw problem('payload_too_large', `more than ${mostRetries} ids: send them in parts`);
  return data;
};

/** What this service is at fault for has no reason text. */
const answerOf = ({ code, status, message }: Problem) => {
  if (code === 'no_flow_headers') return { status: 500, message };
  return status >= 500 ? { status: 500, message: '' } : { status, message };
};
