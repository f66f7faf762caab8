import type { FastifyReply } from 'fastify';
import * as inputs from '../../../commands/saga/inputs.ts';
import type { SagaView } from '../../../projections/saga/read-model.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import { found } from '../found.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { applyWait, preferredWait } from '../waiting.ts';
import { singlesFor } from './as-of.ts';
import { changesOf, diffQuery, orChanges } from './diff.ts';
import { needs, operation } from './operation.ts';
import { doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const TAG = 'runs';

export const sagaRoutes = (app: App, deps: RouteDeps): void => {
  getRoute(app, deps);
  runRoutes(app, deps);
  stepRoutes(app, deps);
};

/** A run as it leaves the service: its position as a cursor. */
export const outwardSaga = (deps: RouteDeps, view: SagaView): SagaView => ({
  ...view,
  position: deps.cursor.encode(view.position),
});

const SUMMARY = 'A run: status, steps, attempts, what it waits for';

const getRoute = (app: App, deps: RouteDeps): void => {
  app.get(
    '/api/v1/sagas/:flowId',
    {
      ...needs('saga:read'),
      ...WAITING,
      schema: {
        ...orUnchanged(orChanges(operation(TAG, SUMMARY, schemas.sagaView))),
        params: schemas.onRun,
        querystring: diffQuery,
      },
    },
    async ({ query, params: { flowId } }, reply) => {
      const viewIn = async ({ getSaga }: Pick<Singles, 'getSaga'>) => {
        const view = await getSaga(flowId);
        return view && outwardSaga(deps, view);
      };
      const unknown = problem('unknown_run', `Run not found: ${flowId}`);
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
  app.post(
    '/api/v1/sagas/:flowId/cancel',
    { ...needs('saga:operate'), schema: { ...describe('Cancel a run'), body: inputs.cancelSagaInput } },
    async (request, reply) => {
      const { flowId } = request.params;
      const done = doneOf(await handlers.cancelSaga(flowId, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Cancel requested for flowId: ${flowId}`);
    },
  );
  app.post(
    '/api/v1/sagas/:flowId/pause',
    { ...needs('saga:operate'), schema: { ...describe('Pause a run'), body: inputs.pauseSagaInput } },
    async (request, reply) => {
      const { flowId } = request.params;
      const done = doneOf(await handlers.pauseSaga(flowId, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Paused flowId: ${flowId}`);
    },
  );
  app.post(
    '/api/v1/sagas/:flowId/resume',
    { ...needs('saga:operate'), schema: { ...describe('Resume a run'), body: inputs.resumeSagaInput } },
    async (request, reply) => {
      const { flowId } = request.params;
      const done = doneOf(await handlers.resumeSaga(flowId, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Resumed flowId: ${flowId}`);
    },
  );
};

const stepRoutes = (app: App, deps: RouteDeps): void => {
  const { handlers } = deps;
  const describe = (summary: string) => ({
    ...operation(TAG, summary, schemas.commandAnswer),
    params: schemas.onStep,
  });
  app.post(
    '/api/v1/sagas/:flowId/steps/:step/retry',
    { ...needs('saga:operate'), schema: { ...describe('Try a step again'), body: inputs.retryStepInput } },
    async (request, reply) => {
      const { flowId, step } = request.params;
      const done = doneOf(await handlers.retryStep(flowId, step, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Retry requested for step: ${step}`);
    },
  );
  app.post(
    '/api/v1/sagas/:flowId/steps/:step/skip',
    {
      ...needs('saga:operate'),
      schema: { ...describe('Skip a step, with a reason'), body: inputs.skipStepInput },
    },
    async (request, reply) => {
      const { flowId, step } = request.params;
      const done = doneOf(await handlers.skipStep(flowId, step, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Skipped step: ${step}`);
    },
  );
  app.post(
    '/api/v1/sagas/:flowId/steps/:step/complete',
    {
      ...needs('saga:operate'),
      schema: { ...describe('Mark a step as done by hand, with a reason'), body: inputs.completeStepInput },
    },
    async (request, reply) => {
      const { flowId, step } = request.params;
      const done = doneOf(await handlers.completeStep(flowId, step, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Marked step as done: ${step}`);
    },
  );
};
