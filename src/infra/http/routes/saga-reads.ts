import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { name } from '../../../domain/names.ts';
import { sagaStatus, sagaView, waitingReason } from '../../../projections/saga/read-model.ts';
import { SAGA_TIMELINE, timelineEntry } from '../../../projections/saga-timeline/read-model.ts';
import { SAGAS, sagaSummary } from '../../../projections/sagas/read-model.ts';
import { sagaSorts } from '../../../queries/saga/list-sagas.ts';
import { ownOnly } from '../caller.ts';
import { unknownRun } from '../found.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { countsAnswer, exact, listAnswer, paging, time } from './query-parameters.ts';
import { asOf } from './as-of.ts';
import { answerList, nowOrThen, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import * as schemas from './schemas.ts';

const TAG = 'runs';
const READ = { ...needs('saga:read'), ...WAITING };

const filters = {
  status: sagaStatus.optional(),
  initiator: name.optional(),
  type: sagaView.shape.type.unwrap().optional(),
  owner: exact.optional(),
  correlationId: exact.optional(),
  waiting: waitingReason.optional(),
  missing: name.optional(),
  from: time.optional(),
  to: time.optional(),
};
const listed = { ...filters, ...paging(sagaSorts, '-startedAt'), ...asOf };

/** Part of what is asked for, so that no page holds anything else, and of what its cursors are bound to. */
export const visibleTo = (request: FastifyRequest): { readonly ownedBy?: string } => {
  const ownedBy = ownOnly(request);
  return ownedBy === undefined ? {} : { ownedBy };
};

export const sagaReadRoutes = (app: App, deps: ReadDeps): void => {
  listRoute(app, deps);
  ofOrchestrationRoute(app, deps);
  countsRoute(app, deps);
  timelineRoute(app, deps);
};

const listRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({ ...listed, orchName: name.optional() });
  const schema = { ...operation(TAG, 'Runs', listAnswer(sagaSummary)), querystring };
  app.get('/api/v1/sagas', { ...READ, schema }, (request, reply) => {
    const query = { ...request.query, ...visibleTo(request) };
    return answerList(deps, reply, query, {
      readModel: SAGAS,
      read: (lists, filter, page) => lists.listSagas(filter, page),
    });
  });
};

const ofOrchestrationRoute = (app: App, deps: ReadDeps): void => {
  const description = operation('orchestrations', 'Runs of an orchestration', listAnswer(sagaSummary));
  const schema = { ...description, params: schemas.byName, querystring: z.strictObject(listed) };
  app.get('/api/v1/orchestrations/:name/sagas', { ...READ, schema }, (request, reply) => {
    const query = { ...request.query, orchName: request.params.name, ...visibleTo(request) };
    return answerList(deps, reply, query, {
      readModel: SAGAS,
      read: (lists, filter, page) => lists.listSagas(filter, page),
    });
  });
};

const countsRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({
    ...filters,
    orchName: name.optional(),
    ...schemas.minPosition,
    ...asOf,
  });
  const schema = { ...operation(TAG, 'How many runs there are by status', countsAnswer), querystring };
  app.get('/api/v1/sagas/counts', { ...READ, schema }, async (request, reply) => {
    const { minPosition, asOf: then, ...asked } = request.query;
    const filter = { ...asked, ...visibleTo(request) };
    const when = { readModel: SAGAS, minPosition, asOf: then };
    return outward(deps, await nowOrThen(deps, reply, when, (lists) => lists.countSagas(filter)));
  });
};

const timelineRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({ ...paging(['revision'], 'revision'), ...asOf });
  const description = operation(TAG, 'What happened to a run, in words', listAnswer(timelineEntry));
  const schema = { ...description, params: schemas.onRun, querystring };
  app.get('/api/v1/sagas/:flowId/timeline', { ...READ, schema }, async (request, reply) => {
    const { flowId } = request.params;
    const page = await answerList(
      deps,
      reply,
      { ...request.query, flowId },
      {
        readModel: SAGA_TIMELINE,
        read: (lists, _filters, which) => lists.listTimeline(flowId, which),
      },
    );
    const isUnknown = page.items.length === 0 && request.query.cursor === undefined;
    if (isUnknown) throw unknownRun(flowId);
    return page;
  });
};
