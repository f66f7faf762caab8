import type { FastifyReply } from 'fastify';
import * as inputs from '../../../commands/saga/inputs.ts';
import type { SagaView } from '../../../projections/saga/read-model.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import { found, unknownRun } from '../found.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { applyWait, preferredWait } from '../waiting.ts';
import { singlesFor } from './as-of.ts';
import { changesOf, diffQuery, orChanges } from './diff.ts';
import { needs, operation } from './operation.ts';
import { outward } from './read-model.ts';
import { doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const TAG = 'runs';
const RUN = '/api/v1/sagas/:flowId';
const STEP = `${RUN}/steps/:step`;
const OPERATE = needs('saga:operate');

export const sagaRoutes = (app: App, deps: RouteDeps): void => {
  getRoute(app, deps);
  runRoutes(app, deps);
  stepRoutes(app, deps);
};

const getRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'A run: status, steps, attempts, what it waits for';
  const described = orUnchanged(orChanges(operation(TAG, summary, schemas.sagaView)));
  const schema = { ...described, params: schemas.onRun, querystring: diffQuery };
  app.get(
    RUN,
    { ...needs('saga:read'), ...WAITING, schema },
    async ({ query, params: { flowId } }, reply) => {
      const viewIn = async ({ getSaga }: Pick<Singles, 'getSaga'>) => {
        const view = await getSaga(flowId);
        return view && outward(deps, view);
      };
      const unknown = () => unknownRun(flowId);
      if (query.diff !== undefined) return found(await changesOf(deps, reply, query, viewIn), unknown);
      const live = { getSaga: waitingFor(deps, reply) };
      const view = found(await viewIn(await singlesFor(deps, reply, query, live)), unknown);
      return hasProgress(view) ? view : answerTagged(reply, view);
    },
  );
};

/** A run, as soon as it has ended where the caller prefers to wait for that. */
const waitingFor = (deps: RouteDeps, reply: FastifyReply) => (flowId: string) => {
  const seconds = preferredWait(reply);
  const until = seconds === undefined ? undefined : applyWait(reply, seconds, deps.drain);
  return deps.handlers.getSaga(flowId, until);
};

/** Progress moves without an event: a view that shows some has no tag to compare. */
const hasProgress = ({ steps }: SagaView): boolean =>
  steps.some((step) => step.do?.progress != null || step.undo?.progress != null);

const runRoutes = (app: App, deps: RouteDeps): void => {
  const { handlers } = deps;
  const describe = (summary: string) => ({
    ...operation(TAG, summary, schemas.commandAnswer),
    params: schemas.onRun,
  });
  const cancel = { ...describe('Cancel a run'), body: inputs.cancelSagaInput };
  app.post(`${RUN}/cancel`, { ...OPERATE, schema: cancel }, async (request, reply) => {
    const { flowId } = request.params;
    const done = doneOf(await handlers.cancelSaga(flowId, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Cancel requested for flowId: ${flowId}`);
  });
  const pause = { ...describe('Pause a run'), body: inputs.pauseSagaInput };
  app.post(`${RUN}/pause`, { ...OPERATE, schema: pause }, async (request, reply) => {
    const { flowId } = request.params;
    const done = doneOf(await handlers.pauseSaga(flowId, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Paused flowId: ${flowId}`);
  });
  const resume = { ...describe('Resume a run'), body: inputs.resumeSagaInput };
  app.post(`${RUN}/resume`, { ...OPERATE, schema: resume }, async (request, reply) => {
    const { flowId } = request.params;
    const done = doneOf(await handlers.resumeSaga(flowId, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Resumed flowId: ${flowId}`);
  });
};

const stepRoutes = (app: App, deps: RouteDeps): void => {
  const { handlers } = deps;
  const describe = (summary: string) => ({
    ...operation(TAG, summary, schemas.commandAnswer),
    params: schemas.onStep,
  });
  const retry = { ...describe('Try a step again'), body: inputs.retryStepInput };
  app.post(`${STEP}/retry`, { ...OPERATE, schema: retry }, async (request, reply) => {
    const { flowId, step } = request.params;
    const done = doneOf(await handlers.retryStep(flowId, step, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Retry requested for step: ${step}`);
  });
  const skip = { ...describe('Skip a step, with a reason'), body: inputs.skipStepInput };
  app.post(`${STEP}/skip`, { ...OPERATE, schema: skip }, async (request, reply) => {
    const { flowId, step } = request.params;
    const done = doneOf(await handlers.skipStep(flowId, step, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Skipped step: ${step}`);
  });
  const complete = {
    ...describe('Mark a step as done by hand, with a reason'),
    body: inputs.completeStepInput,
  };
  app.post(`${STEP}/complete`, { ...OPERATE, schema: complete }, async (request, reply) => {
    const { flowId, step } = request.params;
    const done = doneOf(await handlers.completeStep(flowId, step, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Marked step as done: ${step}`);
  });
};
