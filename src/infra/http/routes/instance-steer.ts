import { reasonInput, settleInstanceInput } from '../../../commands/instance/inputs.ts';
import { found } from '../found.ts';
import { problem } from '../problem-details.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { batchLocation, onBatch, onInstance, retriesAnswer, retriesInput } from './instance-schemas.ts';
import { retryAnswer, retryBatch, TAG } from './instance-schemas.ts';
import { needs, operation } from './operation.ts';
import { doneOf, reflected, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const INSTANCE = '/api/v1/instances/:instanceId';
const OPERATE = needs('instance:operate');
const DELETE = needs('instance:delete');
/** Thousands of appends, one after the other, take their time. */
export const RETRYING = { handlerTimeout: 300_000, bodyLimit: 1024 * 1024 };

/** What people do with instances. */
export const instanceSteerRoutes = (app: App, deps: RouteDeps): void => {
  retryRoute(app, deps);
  retriesRoute(app, deps);
  batchRoute(app, deps);
  settleRoute(app, deps);
  holdRoutes(app, deps);
  deleteRoute(app, deps);
};

const describe = (summary: string) => ({
  ...operation(TAG, summary, schemas.commandAnswer),
  params: onInstance,
});

const retryRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'Send an instance out again, under a correlation id of its own';
  const schema = { ...operation(TAG, summary, retryAnswer), params: onInstance };
  app.post(`${INSTANCE}/retry`, { ...OPERATE, schema }, async (request, reply) => {
    const { instanceId } = request.params;
    const done = doneOf(await deps.handlers.retryInstance(instanceId, deps.contextOf(request)));
    return { ...successOf(deps, reply, done, `Retry requested for instance: ${instanceId}`), ...done.value };
  });
};

const retriesRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'Send many instances out again, one after the other, with a result for each';
  const many = { ...operation(TAG, summary, retriesAnswer), body: retriesInput };
  app.post('/api/v1/instances/retries', { ...OPERATE, ...RETRYING, schema: many }, async (request, reply) => {
    const { instanceIds } = request.body;
    const done = doneOf(await deps.handlers.retryInstances(instanceIds, deps.contextOf(request)));
    reply.header('location', batchLocation(done.value.batchId));
    const requested = done.value.results.filter(({ outcome }) => outcome === 'requested').length;
    const message = `Retry requested for ${requested} of ${instanceIds.length} instances`;
    return { ...successOf(deps, reply, done, message), ...done.value };
  });
};

const batchRoute = (app: App, deps: RouteDeps): void => {
  const schema = {
    ...orUnchanged(operation(TAG, 'What became of each of many retries', retryBatch)),
    params: onBatch,
    querystring: schemas.readQuery,
  };
  app.get('/api/v1/instances/retries/:batchId', { ...OPERATE, schema }, async ({ params, query }, reply) => {
    const { position } = await reflected(deps, query.minPosition);
    const batch = found(await deps.handlers.getRetryBatch(params.batchId), () =>
      problem('unknown_retry_batch', `Batch of retries not found: ${params.batchId}`),
    );
    return answerTagged(reply, { ...batch, position });
  });
};

const settleRoute = (app: App, deps: RouteDeps): void => {
  const schema = { ...describe('Settle by hand an instance that failed'), body: settleInstanceInput };
  app.post(`${INSTANCE}/settle`, { ...OPERATE, schema }, async (request, reply) => {
    const { instanceId } = request.params;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.settleInstance(instanceId, request.body, context));
    return successOf(deps, reply, done, `Settled instance as ${request.body.as}: ${instanceId}`);
  });
};

const holdRoutes = (app: App, deps: RouteDeps): void => {
  const hold = { ...describe('Hold an instance: nothing deletes it'), body: reasonInput };
  app.post(`${INSTANCE}/hold`, { ...DELETE, schema: hold }, async (request, reply) => {
    const { instanceId } = request.params;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.holdInstance(instanceId, request.body, context));
    return successOf(deps, reply, done, `Held instance: ${instanceId}`);
  });
  const lift = { ...describe('Lift the hold on an instance'), body: reasonInput };
  app.post(`${INSTANCE}/lift-hold`, { ...DELETE, schema: lift }, async (request, reply) => {
    const { instanceId } = request.params;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.liftInstanceHold(instanceId, request.body, context));
    return successOf(deps, reply, done, `Lifted the hold on instance: ${instanceId}`);
  });
};

const deleteRoute = (app: App, deps: RouteDeps): void => {
  const schema = { ...describe('Delete an instance: nobody gets its value any more'), body: reasonInput };
  app.delete(INSTANCE, { ...DELETE, schema }, async (request, reply) => {
    const { instanceId } = request.params;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.deleteInstance(instanceId, request.body, context));
    return successOf(deps, reply, done, `Deleted instance: ${instanceId}`);
  });
};
