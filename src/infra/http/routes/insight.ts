import { preflightView } from '../../../queries/orchestration/preflight-view.ts';
import { explanation } from '../../../queries/saga/explanation.ts';
import { undoPlanView } from '../../../queries/saga/undo-plan-view.ts';
import { found, unknownOrchestration, unknownRun } from '../found.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { singleQuery, singlesFor } from './as-of.ts';
import { needs, operation } from './operation.ts';
import { outward } from './read-model.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const READ = { ...needs('saga:read'), ...WAITING };
const ON_RUN = { params: schemas.onRun, querystring: singleQuery };

/** Questions answered from the log, the queue and what was heard of the workers: never behind. */
export const insightRoutes = (app: App, deps: RouteDeps): void => {
  explainRoute(app, deps);
  undoPlanRoute(app, deps);
  preflightRoute(app, deps);
};

const explainRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'Why a run waits, who can unblock it, where its time went';
  const schema = { ...operation('runs', summary, explanation), ...ON_RUN };
  app.get('/api/v1/sagas/:flowId/explain', { ...READ, schema }, async ({ params, query }, reply) => {
    const { explainSaga } = await singlesFor(deps, reply, query, deps.handlers);
    return outward(
      deps,
      found(await explainSaga(params.flowId), () => unknownRun(params.flowId)),
    );
  });
};

const undoPlanRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'What an undo would undo, in order, with what each undo gets';
  const schema = { ...operation('runs', summary, undoPlanView), ...ON_RUN };
  app.get('/api/v1/sagas/:flowId/undo-plan', { ...READ, schema }, async ({ params, query }, reply) => {
    const { getUndoPlan } = await singlesFor(deps, reply, query, deps.handlers);
    return outward(
      deps,
      found(await getUndoPlan(params.flowId), () => unknownRun(params.flowId)),
    );
  });
};

const preflightRoute = (app: App, deps: RouteDeps): void => {
  const schema = {
    ...operation('orchestrations', 'Will it run now, and if not, what is missing', preflightView),
    ...{ params: schemas.byName, querystring: singleQuery },
  };
  const options = { ...needs('orchestration:read'), ...WAITING, schema };
  app.get('/api/v1/orchestrations/:name/preflight', options, async ({ params: { name }, query }, reply) => {
    const { preflight } = await singlesFor(deps, reply, query, deps.handlers);
    return outward(
      deps,
      found(await preflight(name), () => unknownOrchestration(name)),
    );
  });
};
