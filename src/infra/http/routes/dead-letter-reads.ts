import { z } from 'zod';
import { fingerprint, letterId } from '../../../commands/dead-letter/inputs.ts';
import { describedInt64 } from '../../../domain/int64.ts';
import {
  DEAD_LETTERS,
  letterGroup,
  letterState,
  letterSummary,
  redriveProgress,
} from '../../../projections/dead-letters/read-model.ts';
import { letterSorts } from '../../../queries/dead-letter/list-letters.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { countsAnswer, exact, listAnswer, paging, time } from './query-parameters.ts';
import { answerList, awaitPosition, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import * as schemas from './schemas.ts';

const TAG = 'dead letters';
const READ = { ...needs('deadletter:read'), ...WAITING };

const filters = {
  state: letterState.optional(),
  topic: exact.optional(),
  code: exact.optional(),
  fingerprint: fingerprint.optional(),
  flowId: letterId.optional(),
  instanceId: describedInt64.optional(),
  redriveId: letterId.optional(),
  from: time.optional(),
  to: time.optional(),
};

/** Dead letters without their content. */
export const deadLetterReadRoutes = (app: App, deps: ReadDeps): void => {
  listRoute(app, deps);
  countsRoute(app, deps);
  groupsRoute(app, deps);
  redriveRoute(app, deps);
};

const listRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({ ...filters, ...paging(letterSorts, '-parkedAt') });
  const description = operation(TAG, 'Records that could not be taken in', listAnswer(letterSummary));
  app.get('/api/v1/dead-letters', { ...READ, schema: { ...description, querystring } }, ({ query }, reply) =>
    answerList(deps, reply, query, {
      readModel: DEAD_LETTERS,
      read: (_lists, filter, page) => deps.queries.listLetters(filter, page),
    }),
  );
};

const countsRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({ ...filters, ...schemas.minPosition });
  const schema = { ...operation(TAG, 'How many dead letters there are by state', countsAnswer), querystring };
  app.get('/api/v1/dead-letters/counts', { ...READ, schema }, async (request, reply) => {
    const { minPosition, ...filter } = request.query;
    await awaitPosition(deps, reply, DEAD_LETTERS, minPosition);
    return outward(deps, await deps.queries.countLetters(filter));
  });
};

const groupsRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({ ...filters, ...schemas.minPosition });
  const answer = z.strictObject({
    items: z.array(letterGroup),
    total: z.int(),
    position: schemas.position,
  });
  const summary = 'Dead letters by what is wrong with them, the 100 largest groups';
  const schema = { ...operation(TAG, summary, answer), querystring };
  app.get('/api/v1/dead-letters/groups', { ...READ, schema }, async (request, reply) => {
    const { minPosition, ...filter } = request.query;
    await awaitPosition(deps, reply, DEAD_LETTERS, minPosition);
    const groups = await deps.queries.listLetterGroups(filter);
    const items = groups.items.map((group) => ({
      ...outward(deps, group),
      example: outward(deps, group.example),
    }));
    return { items, total: groups.total, position: deps.cursor.encode(groups.position) };
  });
};

const redriveRoute = (app: App, deps: ReadDeps): void => {
  const schema = {
    ...operation(TAG, 'How far a redrive is', redriveProgress.extend({ position: schemas.position })),
    params: z.strictObject({ redriveId: letterId }),
    querystring: schemas.readQuery,
  };
  app.get('/api/v1/dead-letters/redrives/:redriveId', { ...READ, schema }, async (request, reply) => {
    await awaitPosition(deps, reply, DEAD_LETTERS, request.query.minPosition);
    const { redriveId } = request.params;
    const progress = await deps.queries.getRedrive(redriveId);
    if (progress === undefined)
      throw problem('unknown_redrive', `No dead letter was selected by redrive ${redriveId}`);
    return outward(deps, progress);
  });
};
