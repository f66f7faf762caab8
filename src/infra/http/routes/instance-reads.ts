import { z } from 'zod';
import { int64 } from '../../../domain/int64.ts';
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
import type { InstanceView } from '../../../projections/instances/read-model.ts';
import { instanceSorts } from '../../../queries/instance/list-instances.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { onInstance, TAG } from './instance-schemas.ts';
import { needs, operation } from './operation.ts';
import { countsAnswer, exact, flag, listAnswer, paging, time } from './query-parameters.ts';
import { answerList, awaitPosition, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { checkMinPosition } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import { visibleTo } from './saga-reads.ts';
import * as schemas from './schemas.ts';

type Deps = ReadDeps & RouteDeps;

const READ = { ...needs('instance:read'), ...WAITING };
const OPEN = needs('instance:open');
const INSTANCE = '/api/v1/instances/:instanceId';

const filters = {
  kind: instanceRow.shape.kind.optional(),
  status: instanceStatus.optional(),
  storageStatus: storageStatus.optional(),
  errorCategory: instanceRow.shape.errorCategory.unwrap().optional(),
  sourceApplicationId: int64.optional(),
  sourceApplicationIntegrationId: exact.optional(),
  integrationId: int64.optional(),
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
  const querystring = z.strictObject({ ...filters, ...paging(instanceSorts, '-createdAt') });
  const summary = 'Instances and refused deliveries, without what is sealed of them';
  const schema = { ...operation(TAG, summary, listAnswer(instanceSummary)), querystring };
  app.get('/api/v1/instances', { ...READ, schema }, (request, reply) => {
    const { sort, limit, cursor, minPosition, ...asked } = request.query;
    const filter = { ...asked, ...visibleTo(request) };
    return answerList(deps, reply, {
      ...{ readModel: INSTANCES, list: INSTANCES, filters: filter },
      paging: { sort, limit, cursor, minPosition },
      read: (page) => deps.queries.listInstances(filter, page),
    });
  });
};

const countsRoute = (app: App, deps: Deps): void => {
  const querystring = z.strictObject({ ...filters, ...schemas.minPosition });
  const answer = countsAnswer.extend({ storage: countsAnswer.shape.counts });
  const summary = 'How many instances there are by status, and by what is kept of them';
  const schema = { ...operation(TAG, summary, answer), querystring };
  app.get('/api/v1/instances/counts', { ...READ, schema }, async (request, reply) => {
    const { minPosition, ...filter } = request.query;
    await awaitPosition(deps, reply, INSTANCES, minPosition);
    return outward(deps, await deps.queries.countInstances({ ...filter, ...visibleTo(request) }));
  });
};

const single = <Answer extends z.ZodType>(summary: string, answer: Answer) => ({
  ...operation(TAG, summary, answer),
  params: onInstance,
  querystring: schemas.readQuery,
});

const getRoute = (app: App, deps: Deps): void => {
  const schema = single('An instance with its headers and its value, both null once deleted', instanceView);
  app.get(INSTANCE, { ...OPEN, schema }, async (request, reply) => {
    const view = await found(deps, request);
    return answerTagged(reply, outward(deps, view));
  });
};

const valueRoute = (app: App, deps: Deps): void => {
  const schema = single('The headers and the value of an instance; 410 once it is deleted', instanceContent);
  app.get(`${INSTANCE}/value`, { ...OPEN, schema }, async (request) => {
    const { headers, value } = await found(deps, request);
    if (headers !== null && value !== null) return { headers, value };
    throw problem('instance_deleted', `Instance was deleted: ${request.params.instanceId}`);
  });
};

type OnInstance = {
  readonly params: z.output<typeof onInstance>;
  readonly query: z.output<typeof schemas.readQuery>;
};

const found = async (deps: Deps, { params: { instanceId }, query }: OnInstance): Promise<InstanceView> => {
  checkMinPosition(deps.cursor, query.minPosition);
  const view = await deps.handlers.getInstance(instanceId);
  if (view === undefined) throw unknownInstance(instanceId);
  return view;
};

const unknownInstance = (instanceId: string) =>
  problem('unknown_instance', `Instance not found: ${instanceId}`);

const historyRoute = (app: App, deps: Deps): void => {
  const schema = single('What happened to an instance, and how it stood from then on', instanceHistory);
  app.get(`${INSTANCE}/history`, { ...OPEN, schema }, async (request, reply) => {
    const { instanceId } = request.params;
    checkMinPosition(deps.cursor, request.query.minPosition);
    const history = await deps.handlers.getInstanceHistory(instanceId);
    if (history === undefined) throw unknownInstance(instanceId);
    const items = history.items.map((item) => outward(deps, item));
    return answerTagged(reply, outward(deps, { ...history, items }));
  });
};
