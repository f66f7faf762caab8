import { z } from 'zod';
import type { Queries } from '../../../queries/queries.ts';
import { retentionView } from '../../../queries/instance/retention-view.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

export type RetentionDeps = RouteDeps & { readonly queries: Pick<Queries, 'getRetention'> };

const TAG = 'instances';
const PATH = '/api/v1/instances/retention';
const startedAnswer = schemas.commandAnswer.extend({ runId: z.string() });

/** Deleting instances whose time is up. */
export const retentionRoutes = (app: App, deps: RetentionDeps): void => {
  const look = operation(TAG, 'The retention run under way, and the last one that ended', retentionView);
  app.get(PATH, { ...needs('instance:read'), schema: look }, () => deps.queries.getRetention());
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
