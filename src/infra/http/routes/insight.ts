import { preflightView } from '../../../queries/orchestration/preflight-view.ts';
import { explanation } from '../../../queries/saga/explanation.ts';
import { undoPlanView } from '../../../queries/saga/undo-plan-view.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { singleQuery, singlesFor } from './as-of.ts';
import { needs, operation } from './operation.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

/** Questions answered from the log, the queue and what was heard of the workers: never behind. */
export const insightRoutes = (app: App, deps: RouteDeps): void => {
  explainRoute(app, deps);
  undoPlanRoute(app, deps);
  preflightRoute(app, deps);
};

const explainRoute = (app: App, deps: RouteDeps): void => {
  app.get(
    '/api/v1/sagas/:flowId/explain',
    {
      ...{ ...needs('saga:read'), ...WAITING },
      schema: {
        ...operation('runs', 'Why a run waits, who can unblock it, where its time went', explanation),
        params: schemas.onRun,
        querystring: singleQuery,
      },
    },
    async ({ params: { flowId }, query }, reply) => {
      const { explainSaga } = await singlesFor(deps, reply, query, deps.handlers);
      return outward(deps, await explainSaga(flowId)) ?? unknownRun(flowId);
    },
  );
};

const undoPlanRoute = (app: App, deps: RouteDeps): void => {
  app.get(
    '/api/v1/sagas/:flowId/undo-plan',
    {
      ...{ ...needs('saga:read'), ...WAITING },
      schema: {
        ...operation('runs', 'What an undo would undo, in order, with what each undo gets', undoPlanView),
        params: schemas.onRun,
        querystring: singleQuery,
      },
    },
    async ({ params: { flowId }, query }, reply) => {
      const { getUndoPlan } = await singlesFor(deps, reply, query, deps.handlers);
      return outward(deps, await getUndoPlan(flowId)) ?? unknownRun(flowId);
    },
  );
};

const preflightRoute = (app: App, deps: RouteDeps): void => {
  app.get(
    '/api/v1/orchestrations/:name/preflight',
    {
      ...{ ...needs('orchestration:read'), ...WAITING },
      schema: {
        ...operation('orchestrations', 'Will it run now, and if not, what is missing', preflightView),
        params: schemas.byName,
        querystring: singleQuery,
      },
    },
    async ({ params: { name }, query }, reply) => {
      const { preflight } = await singlesFor(deps, reply, query, deps.handlers);
      const view = outward(deps, await preflight(name));
      if (view === undefined) throw problem('unknown_orchestration', `Orchestration not found: ${name}`);
      return view;
    },
  );
};

const unknownRun = (flowId: string): never => {
  throw problem('unknown_run', `Run not found: ${flowId}`);
};

/** A view as it leaves the service: its position as a cursor. */
const outward = <View extends { readonly position: string }>(
  { cursor }: RouteDeps,
  view: View | undefined,
): View | undefined => (view === undefined ? undefined : { ...view, position: cursor.encode(view.position) });
