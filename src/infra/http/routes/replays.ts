import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import * as inputs from '../../../commands/replay/inputs.ts';
import type { ReplaySteering } from '../../../commands/replay/steer-replay.ts';
import { REPLAYS, replayStatus, replaySummary } from '../../../projections/replays/read-model.ts';
import type { ReplayView } from '../../../projections/replays/read-model.ts';
import { replaySorts } from '../../../queries/replay/list-replays.ts';
import { callerOf } from '../caller.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { exact, listAnswer, paging } from './query-parameters.ts';
import { answerList, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import * as replay from './replay-schemas.ts';
import { checkMinPosition, doneOf, reflected, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

type Deps = RouteDeps & ReadDeps;

const TAG = 'replay';
const SESSIONS = '/api/v1/replay/sessions';
const SESSION = `${SESSIONS}/:sessionId`;
const OPERATE = needs('replay:operate');
/** The whole log may be counted. */
const COUNTING = { handlerTimeout: 60_000 };

/** Sessions that give recorded events once more to somebody outside. */
export const replayRoutes = (app: App, deps: Deps): void => {
  createRoute(app, deps);
  previewRoute(app, deps);
  listRoute(app, deps);
  getRoute(app, deps);
  recordsRoute(app, deps);
  steerRoute(app, deps, 'start', 'Start a session: the log is replayed up to its end as it is now');
  steerRoute(app, deps, 'pause', 'Pause a session');
  steerRoute(app, deps, 'resume', 'Go on with a session that is paused');
  steerRoute(app, deps, 'cancel', 'End a session before its time');
};

const createRoute = (app: App, deps: Deps): void => {
  const { response, ...described } = operation(TAG, 'Make a replay session', replay.createdAnswer);
  const created = replay.createdAnswer.meta({
    description: 'Made; nothing is replayed until it is started.',
  });
  const schema = { ...described, response: { ...response, 201: created }, body: inputs.createReplayInput };
  app.post(SESSIONS, { ...OPERATE, schema }, async (request, reply) => {
    if (request.body.payloads === 'opened') requireOpen(request);
    const done = doneOf(await deps.handlers.createReplay(request.body, deps.contextOf(request)));
    const { sessionId } = done.value;
    reply.header('location', `${SESSIONS}/${sessionId}`).code(201);
    return { ...successOf(deps, reply, done, `Created replay session: ${sessionId}`), sessionId };
  });
};

const requireOpen = (request: FastifyRequest): void => {
  if (callerOf(request).scopeOf('replay:open') === undefined)
    throw problem(
      'forbidden',
      "payloads are only opened with the permission replay:open, which none of the token's roles has",
    );
};

const previewRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...operation(
      TAG,
      'What a session would replay now: how many events, and the first',
      replay.previewAnswer,
    ),
    querystring: schemas.readQuery,
    body: inputs.previewReplayInput,
  };
  const options = { ...needs('replay:read'), ...COUNTING, schema };
  app.post('/api/v1/replay/preview', options, async ({ body, query }) => {
    const { position } = await reflected(deps, query.minPosition);
    const { sample, ...counted } = await deps.handlers.previewReplay(body);
    return { ...counted, sample: sample.map((event) => outward(deps, event)), position };
  });
};

const listRoute = (app: App, deps: Deps): void => {
  const filters = { status: replayStatus.optional(), owner: exact.optional() };
  const querystring = z.strictObject({ ...filters, ...paging(replaySorts, '-createdAt') });
  const described = operation(TAG, 'Replay sessions', listAnswer(replaySummary));
  const options = { ...needs('replay:read'), ...WAITING, schema: { ...described, querystring } };
  app.get(SESSIONS, options, ({ query }, reply) =>
    answerList(deps, reply, query, {
      readModel: REPLAYS,
      read: (_lists, filter, page) => deps.queries.listReplays(filter, page),
    }),
  );
};

const sessionOf = async ({ queries }: Deps, sessionId: string): Promise<ReplayView> => {
  const view = await queries.getReplay(sessionId);
  if (view === undefined) throw problem('unknown_replay', `Replay session not found: ${sessionId}`);
  return view;
};

const getRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...orUnchanged(
      operation(TAG, 'A replay session: how far it is, what did not arrive', replay.sessionAnswer),
    ),
    params: replay.onSession,
    querystring: schemas.readQuery,
  };
  app.get(SESSION, { ...needs('replay:read'), schema }, async ({ params, query }, reply) => {
    await checkMinPosition(deps, query.minPosition);
    const view = await sessionOf(deps, params.sessionId);
    const errors = view.errors.map((error) => outward(deps, error));
    return answerTagged(reply, { ...outward(deps, view), errors });
  });
};

const recordsRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...operation(TAG, 'What the sink of a session holds', replay.recordsAnswer),
    params: replay.onSession,
    querystring: schemas.readQuery,
  };
  app.get(`${SESSION}/records`, { ...needs('replay:read'), schema }, async (request) => {
    const { position } = await reflected(deps, request.query.minPosition);
    const { sessionId, payloads } = await sessionOf(deps, request.params.sessionId);
    if (payloads === 'opened') requireOpen(request);
    const content = await deps.handlers.getReplayRecords(sessionId, payloads);
    return content === undefined
      ? { isHere: false, items: [], dropped: 0, position }
      : { isHere: true, ...content, items: replay.recordsAnswer.shape.items.parse(content.items), position };
  });
};

type Verb = 'start' | 'pause' | 'resume' | 'cancel';
const STEERING = {
  start: 'startReplay',
  pause: 'pauseReplay',
  resume: 'resumeReplay',
  cancel: 'cancelReplay',
} as const satisfies Record<Verb, keyof ReplaySteering>;

const steerRoute = (app: App, deps: Deps, verb: Verb, summary: string): void => {
  const schema = {
    ...operation(TAG, summary, replay.steeredAnswer),
    params: replay.onSession,
    body: inputs.steerReplayInput,
  };
  app.post(`${SESSION}/${verb}`, { ...OPERATE, schema }, async (request, reply) => {
    const steer = deps.handlers[STEERING[verb]];
    const { sessionId } = request.params;
    const done = doneOf(await steer(sessionId, request.body, deps.contextOf(request)));
    const { status } = done.value;
    return {
      ...successOf(deps, reply, done, `Replay session ${sessionId}: ${status}`),
      sessionStatus: status,
    };
  });
};
