import type { FastifyRequest } from 'fastify';
import type { CallContext } from '../../../commands/context.ts';
import { contentOf } from '../../../commands/instance/content.ts';
import type { ReceiveInstanceInput } from '../../../commands/instance/handlers.ts';
import type { Result } from '../../../commands/result.ts';
import { cannotBeRead } from '../../../domain/damage.ts';
import { deliveryContextOf } from '../call-context.ts';
import { answerTo } from '../error-handler.ts';
import { problemOfIssues } from '../input-errors.ts';
import type { App } from '../typed-app.ts';
import { creating, receivedAnswer, receivedManyAnswer } from './instance-schemas.ts';
import { receiveInput, receiveManyInput, TAG } from './instance-schemas.ts';
import type { ItemResult } from './instance-schemas.ts';
import { needs, operation } from './operation.ts';
import { doneOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';

const RECEIVE = needs('instance:receive');
/** An instance of 256 KiB of JSON is longer where it is written with escapes. */
const ONE = { bodyLimit: 1024 * 1024 };
const MANY = { bodyLimit: 8 * 1024 * 1024, handlerTimeout: 120_000 };

/** How instances come in. */
export const instanceRoutes = (app: App, deps: RouteDeps): void => {
  receiveRoute(app, deps);
  receiveManyRoute(app, deps);
};

const receiveRoute = (app: App, deps: RouteDeps): void => {
  const schema = { ...creating('Deliver an instance', receivedAnswer), body: receiveInput };
  app.post('/api/v1/instances', { ...RECEIVE, ...ONE, schema }, async (request, reply) => {
    const done = doneOf(await deps.handlers.receiveInstance(request.body, deliveryContextOf(request)));
    const id = done.value.instanceId;
    if (done.replayed) reply.header('idempotency-replayed', 'true');
    reply.code(201).header('location', `/api/v1/instances/${id}`);
    return { id, position: deps.cursor.encode(done.position) };
  });
};

const receiveManyRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'Deliver up to 100 instances, each with a key of its own and a result of its own';
  const schema = { ...operation(TAG, summary, receivedManyAnswer), body: receiveManyInput };
  app.post('/api/v1/instances/batch', { ...RECEIVE, ...MANY, schema }, async (request) => {
    const { items, dryRun } = request.body;
    const take = receiveOne(deps, request);
    const received = dryRun ? items.map(lookAtOne) : await Promise.all(items.map(take));
    const positions = received.flatMap(({ position }) => (position === null ? [] : [position]));
    const last = positions.toSorted().at(-1);
    const position = last === undefined ? null : deps.cursor.encode(last);
    return { results: received.map(({ result }) => result), position };
  });
};

/** Its form and its length; not whether its key was used before. */
const lookAtOne = ({ key, instance }: Item): Received => {
  const input = parsed(key, instance);
  if ('result' in input) return input;
  const content = contentOf(input);
  if ('kind' in content) return unreceived(key, 'refused', content);
  return { result: { key, outcome: 'valid', id: null, code: null, detail: null }, position: null };
};

const parsed = (key: string, instance: unknown): ReceiveInstanceInput | Received => {
  const { data, error } = receiveInput.safeParse(instance);
  if (data !== undefined) return data;
  const { code, message } = problemOfIssues(error.issues, 'body');
  return unreceived(key, 'refused', { code, detail: message });
};

type Item = { readonly key: string; readonly instance: unknown };
type Received = { readonly result: ItemResult; readonly position: string | null };

const receiveOne = (deps: RouteDeps, request: FastifyRequest) => {
  const common = deliveryContextOf(request);
  return async ({ key, instance }: Item): Promise<Received> => {
    const input = parsed(key, instance);
    if ('result' in input) return input;
    const context: CallContext = { ...common, idempotencyKey: key };
    try {
      return outcomeOf(key, await deps.handlers.receiveInstance(input, context));
    } catch (error) {
      if (!cannotBeRead(error)) throw error;
      // What came under its key before cannot be read: that keeps no other of them from being taken.
      request.log.error({ err: error, key }, 'an instance could not be taken in');
      const { code, message } = answerTo(error).problem;
      return unreceived(key, 'refused', { code, detail: message });
    }
  };
};

const outcomeOf = (key: string, result: Result<{ readonly instanceId: string }, string>): Received => {
  if (result.kind !== 'done')
    return unreceived(key, result.kind === 'rejected' ? 'refused' : 'unavailable', result);
  const outcome = result.replayed ? 'repeated' : 'received';
  const { instanceId: id } = result.value;
  return { result: { key, outcome, id, code: null, detail: null }, position: result.position };
};

type Why = { readonly code: string; readonly detail: string };

const unreceived = (key: string, outcome: 'refused' | 'unavailable', { code, detail }: Why): Received => ({
  result: { key, outcome, id: null, code, detail },
  position: null,
});
