import { z } from 'zod';
import { name } from '../../../domain/names.ts';
import { diaryView, HEALING } from '../../../projections/healing/read-model.ts';
import { SAGAS, timer } from '../../../projections/sagas/read-model.ts';
import { WORKERS, workerView } from '../../../projections/workers/read-model.ts';
import { timerSorts } from '../../../queries/timer/list-timers.ts';
import { workerSorts } from '../../../queries/worker/list-workers.ts';
import { WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { flag, listAnswer, paging, time } from './query-parameters.ts';
import { asOf } from './as-of.ts';
import { answerList } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { visibleTo } from './saga-reads.ts';

const TAG = 'healing';

export const healingReadRoutes = (app: App, deps: ReadDeps): void => {
  workersRoute(app, deps);
  healingRoute(app, deps);
  timersRoute(app, deps);
};

const workersRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z
    .strictObject({
      ...{ service: name.optional(), orchName: name.optional() },
      step: name.optional().meta({ description: 'Of an orchestration: only with `orchName`.' }),
      ...{ ...paging(workerSorts, 'service'), ...asOf },
    })
    .refine(({ step, orchName }) => step === undefined || orchName !== undefined, {
      path: ['step'],
      message: 'is a step of an orchestration: orchName says of which',
    });
  const description = operation(
    TAG,
    'Services, what they serve and whether they live',
    listAnswer(workerView),
  );
  const schema = { ...description, querystring };
  app.get('/api/v1/workers', { ...needs('worker:read'), ...WAITING, schema }, ({ query }, reply) =>
    answerList(deps, reply, query, {
      readModel: WORKERS,
      read: (lists, filters, page) => lists.listWorkers(filters, page),
    }),
  );
};

const healingRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({
    ...{ orchName: name.optional(), step: name.optional(), open: flag.optional() },
    ...{ ...paging(['since'], '-since'), ...asOf },
  });
  const summary = 'The diary: what was missing, how long, who waited and went on';
  const schema = { ...operation(TAG, summary, listAnswer(diaryView)), querystring };
  app.get('/api/v1/healing', { ...needs('orchestration:read'), ...WAITING, schema }, ({ query }, reply) =>
    answerList(deps, reply, query, {
      readModel: HEALING,
      read: (lists, filters, page) => lists.listHealing(filters, page),
    }),
  );
};

const timersRoute = (app: App, deps: ReadDeps): void => {
  const querystring = z.strictObject({
    ...{ orchName: name.optional(), before: time.optional() },
    ...{ ...paging(timerSorts, 'dueAt'), ...asOf },
  });
  const schema = {
    ...operation(TAG, 'What runs do by themselves, and when', listAnswer(timer)),
    querystring,
  };
  app.get('/api/v1/timers', { ...needs('saga:read'), ...WAITING, schema }, (request, reply) => {
    const query = { ...request.query, ...visibleTo(request) };
    return answerList(deps, reply, query, {
      ...{ readModel: SAGAS, list: 'timers' },
      read: (lists, filters, page) => lists.listTimers(filters, page),
    });
  });
};
