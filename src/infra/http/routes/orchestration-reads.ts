import { z } from 'zod';
import { name } from '../../../domain/names.ts';
import { ORCHESTRATIONS, orchestrationView } from '../../../projections/orchestration/read-model.ts';
import { registration, REGISTRATIONS } from '../../../projections/registrations/read-model.ts';
import { orchestrationSorts } from '../../../queries/orchestration/list-orchestrations.ts';
import type { Singles } from '../../../queries/as-of/singles-at.ts';
import { found, unknownOrchestration } from '../found.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { countsAnswer, exact, listAnswer, paging, time } from './query-parameters.ts';
import { asOf, singleQuery, singlesFor } from './as-of.ts';
import { changesOf, diffQuery, orChanges } from './diff.ts';
import { answerList, nowOrThen, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import * as schemas from './schemas.ts';

const TAG = 'orchestrations';
const READ = { ...needs('orchestration:read'), ...WAITING };
const { shape } = orchestrationView;

export const orchestrationReadRoutes = (app: App, deps: ReadDeps): void => {
  listRoute(app, deps);
  countsRoute(app, deps);
  getRoute(app, deps);
  registrationsRoute(app, deps);
};

const listRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({
    status: shape.status.optional(),
    type: shape.type.unwrap().optional(),
    initiator: name.optional(),
    prefix: exact.optional(),
    missing: name.optional(),
    service: name.optional(),
    ...{ from: time.optional(), to: time.optional() },
    ...{ ...paging(orchestrationSorts, 'orchName'), ...asOf },
  });
  const description = operation(TAG, 'Orchestrations and what they miss', listAnswer(orchestrationView));
  app.get(
    '/api/v1/orchestrations',
    { ...READ, schema: { ...description, querystring } },
    ({ query }, reply) =>
      answerList(deps, reply, query, {
        readModel: ORCHESTRATIONS,
        read: (lists, filters, page) => lists.listOrchestrations(filters, page),
      }),
  );
};

const countsRoute = (app: App, deps: ReadDeps): void => {
  const description = operation(TAG, 'How many orchestrations there are by status', countsAnswer);
  const schema = { ...description, querystring: singleQuery };
  // Not below the orchestrations: one may be called counts.
  app.get('/api/v1/orchestration-counts', { ...READ, schema }, async (request, reply) => {
    const when = { readModel: ORCHESTRATIONS, ...request.query };
    return outward(deps, await nowOrThen(deps, reply, when, (lists) => lists.countOrchestrations()));
  });
};

const getRoute = (app: App, deps: ReadDeps): void => {
  const summary = 'An orchestration: definition, workers, what is missing';
  const description = orUnchanged(orChanges(operation(TAG, summary, orchestrationView)));
  const schema = { ...description, params: schemas.byName, querystring: diffQuery };
  app.get('/api/v1/orchestrations/:name', { ...READ, schema }, async ({ query, params }, reply) => {
    const viewIn = async ({ getOrchestration }: Pick<Singles, 'getOrchestration'>) => {
      const view = await getOrchestration(params.name);
      return view && outward(deps, view);
    };
    const unknown = () => unknownOrchestration(params.name);
    if (query.diff !== undefined) return found(await changesOf(deps, reply, query, viewIn), unknown);
    const view = await viewIn(await singlesFor(deps, reply, query, deps.queries));
    return answerTagged(reply, found(view, unknown));
  });
};

const registrationsRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({
    service: exact.optional(),
    outcome: registration.shape.outcome.optional(),
    ...{ ...paging(['position'], '-position'), ...asOf },
  });
  const summary = 'Every attempt to register, whatever came of it';
  const description = operation(TAG, summary, listAnswer(registration));
  const schema = { ...description, params: schemas.byName, querystring };
  app.get('/api/v1/orchestrations/:name/registrations', { ...READ, schema }, (request, reply) => {
    const query = { ...request.query, orchName: request.params.name };
    return answerList(deps, reply, query, {
      readModel: REGISTRATIONS,
      read: (lists, filters, page) => lists.listRegistrations(filters, page),
    });
  });
};
