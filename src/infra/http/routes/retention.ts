import { z } from 'zod';
import { retentionView } from '../../../queries/instance/retention-view.ts';
import { INSTANCES } from '../../../projections/instances/read-model.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { awaitPosition, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

type Deps = RouteDeps & ReadDeps;

const TAG = 'instances';
const PATH = '/api/v1/instances/retention';
const startedAnswer = schemas.commandAnswer.extend({ runId: z.string() });

/** Deleting instances whose time is up. */
export const retentionRoutes = (app: App, deps: Deps): void => {
  lookRoute(app, deps);
  const { response, ...start } = operation(TAG, 'Delete instances whose time is up, now', startedAnswer);
  const accepted = startedAnswer.meta({ description: 'Started: look at the retention for how far it is.' });
  const schema = { ...start, response: { ...response, 202: accepted } };
  app.post(`${PATH}/runs`, { ...needs('instance:delete'), schema }, async (request, reply) => {
    const done = doneOf(await deps.handlers.startRetention(deps.contextOf(request)));
    reply.header('location', PATH).code(202);
    const { runId } = done.value;
    return { ...successOf(deps, reply, done, `Started retention run: ${runId}`), runId };
  });
};

const lookRoute = (app: App, deps: Deps): void => {
  const summary = 'The retention run under way, and the last one that ended';
  const answer = retentionView.extend({ position: schemas.position });
  const schema = { ...operation(TAG, summary, answer), querystring: schemas.readQuery };
  app.get(PATH, { ...needs('instance:read'), ...WAITING, schema }, async ({ query }, reply) => {
    await awaitPosition(deps, reply, INSTANCES, query.minPosition);
    // What remains is counted there; the rest is from the log, which is never behind it.
    const position = await deps.queries.positionOf(INSTANCES);
    return outward(deps, { ...(await deps.queries.getRetention()), position });
  });
};
