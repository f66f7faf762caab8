import { z } from 'zod';
import { describedInt64 } from '../../../domain/int64.ts';
import {
  instanceContent,
  instanceHistory,
  instanceRow,
  INSTANCES,
  instanceStatus,
  instanceSummary,
  instanceView,
  storageStatus,
} from '../../../projections/instances/read-model.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import { instanceSorts } from '../../../queries/instance/list-instances.ts';
import { found, unknownInstance } from '../found.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { asOf, singleQuery, singlesFor } from './as-of.ts';
import { changesOf, diffQuery, orChanges } from './diff.ts';
import { onInstance, TAG } from './instance-schemas.ts';
import { needs, operation } from './operation.ts';
import { countsAnswer, exact, flag, listAnswer, paging, time } from './query-parameters.ts';
import { answerList, nowOrThen, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import type { RouteDeps } from './route-deps.ts';
import { visibleTo } from './saga-reads.ts';
import * as schemas from './schemas.ts';

type Deps = ReadDeps & RouteDeps;

const READ = { ...needs('instance:read'), ...WAITING };
const OPEN = { ...needs('instance:open'), ...WAITING };
const INSTANCE = '/api/v1/instances/:instanceId';

const filters = {
  kind: instanceRow.shape.kind.optional(),
  status: instanceStatus.optional(),
  storageStatus: storageStatus.optional(),
  errorCategory: instanceRow.shape.errorCategory.unwrap().optional(),
  sourceApplicationId: describedInt64.optional(),
  sourceApplicationIntegrationId: exact.optional(),
  integrationId: describedInt64.optional(),
  correlationId: exact.optional(),
  held: flag.optional(),
  owner: exact.optional(),
  from: time.optional(),
  to: time.optional(),
};

/** Lists are metadata from the read model; single instances are folded from the log, with what is sealed of them. */
export const instanceReadRoutes = (app: App, deps: Deps): void => {
  listRoute(app, deps);
  countsRoute(app, deps);
  getRoute(app, deps);
  valueRoute(app, deps);
  historyRoute(app, deps);
};

const listRoute = (app: App, deps: Deps): void => {
  const querystring = z.strictObject({ ...filters, ...paging(instanceSorts, '-createdAt'), ...asOf });
  const summary = 'Instances and refused deliveries, without what is sealed of them';
  const schema = { ...operation(TAG, summary, listAnswer(instanceSummary)), querystring };
  app.get('/api/v1/instances', { ...READ, schema }, (request, reply) => {
    const query = { ...request.query, ...visibleTo(request) };
    return answerList(deps, reply, query, {
      readModel: INSTANCES,
      read: (lists, filter, page) => lists.listInstances(filter, page),
    });
  });
};

const countsRoute = (app: App, deps: Deps): void => {
  const querystring = z.strictObject({ ...filters, ...schemas.minPosition, ...asOf });
  const answer = countsAnswer.extend({ storage: countsAnswer.shape.counts });
  const summary = 'How many instances there are by status, and by what is kept of them';
  const schema = { ...operation(TAG, summary, answer), querystring };
  app.get('/api/v1/instances/counts', { ...READ, schema }, async (request, reply) => {
    const { minPosition, asOf: then, ...asked } = request.query;
    const filter = { ...asked, ...visibleTo(request) };
    const when = { readModel: INSTANCES, minPosition, asOf: then };
    return outward(deps, await nowOrThen(deps, reply, when, (lists) => lists.countInstances(filter)));
  });
};

const single = <Answer extends z.ZodType>(summary: string, answer: Answer) => ({
  ...operation(TAG, summary, answer),
  params: onInstance,
  querystring: singleQuery,
});

const getRoute = (app: App, deps: Deps): void => {
  const summary = 'An instance with its headers and its value, both null once deleted';
  const described = orUnchanged(orChanges(operation(TAG, summary, instanceView)));
  const schema = { ...described, params: onInstance, querystring: diffQuery };
  app.get(INSTANCE, { ...OPEN, schema }, async ({ query, params: { instanceId } }, reply) => {
    const viewIn = async ({ getInstance }: Pick<Singles, 'getInstance'>) => {
      const view = await getInstance(instanceId);
      return view && outward(deps, view);
    };
    const unknown = () => unknownInstance(instanceId);
    if (query.diff !== undefined) return found(await changesOf(deps, reply, query, viewIn), unknown);
    const view = await viewIn(await singlesFor(deps, reply, query, deps.handlers));
    return answerTagged(reply, found(view, unknown));
  });
};

const valueAnswer = instanceContent.extend({ position: schemas.position });

const valueRoute = (app: App, deps: Deps): void => {
  const schema = single('The headers and the value of an instance; 410 once it is deleted', valueAnswer);
  app.get(`${INSTANCE}/value`, { ...OPEN, schema }, async ({ query, params: { instanceId } }, reply) => {
    const { getInstance } = await singlesFor(deps, reply, query, deps.handlers);
    const view = found(await getInstance(instanceId), () => unknownInstance(instanceId));
    const { headers, value, position } = outward(deps, view);
    if (headers !== null && value !== null) return { headers, value, position };
    throw problem('instance_deleted', `Instance was deleted: ${instanceId}`);
  });
};

const historyRoute = (app: App, deps: Deps): void => {
  const summary = 'What happened to an instance, and how it stood from then on';
  const schema = orUnchanged(single(summary, instanceHistory));
  app.get(`${INSTANCE}/history`, { ...OPEN, schema }, async (request, reply) => {
    const { instanceId } = request.params;
    const { getInstanceHistory } = await singlesFor(deps, reply, request.query, deps.handlers);
    const history = found(await getInstanceHistory(instanceId), () => unknownInstance(instanceId));
    const items = history.items.map((item) => outward(deps, item));
    return answerTagged(reply, outward(deps, { ...history, items }));
  });
};
