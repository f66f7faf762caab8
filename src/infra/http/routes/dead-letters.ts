import { z } from 'zod';
import * as inputs from '../../../commands/dead-letter/inputs.ts';
import { DEAD_LETTERS, letterView, redrivePreview } from '../../../projections/dead-letters/read-model.ts';
import { revisionInsistedOn } from '../if-match.ts';
import { problem } from '../problem-details.ts';
import { ANSWERS_BODY_LIMIT, WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { awaitPosition, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { checkMinPosition, doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

type Deps = RouteDeps & ReadDeps;

const TAG = 'dead letters';
const LETTER = '/api/v1/dead-letters/:letterId';
const onLetter = z.strictObject({ letterId: inputs.letterId });
const redriveAnswer = schemas.commandAnswer.extend({ redriveId: z.string() });
const redriveManyAnswer = redriveAnswer.extend({
  selected: z.int(),
  skipped: z.record(z.string(), z.int()).readonly(),
  /** More match than one redrive selects: the oldest were taken. */
  isCut: z.boolean(),
});
const previewAnswer = redrivePreview.extend({ position: schemas.position });
const editAnswer = schemas.commandAnswer.extend({
  edition: z.int(),
  diff: letterView.shape.editions.element.shape.diff,
});
/** Where it can be seen how far a redrive is. */
const redriveLocation = (redriveId: string): string => `/api/v1/dead-letters/redrives/${redriveId}`;
/** Ten thousand appends take their time. */
const SELECTING = { handlerTimeout: 120_000, bodyLimit: ANSWERS_BODY_LIMIT };

/** One dead letter with its content, and what can be done with one or with many. */
export const deadLetterRoutes = (app: App, deps: Deps): void => {
  getRoute(app, deps);
  redriveRoute(app, deps);
  redriveManyRoute(app, deps);
  previewRoute(app, deps);
  editRoute(app, deps);
  discardRoute(app, deps);
};

const getRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...orUnchanged(operation(TAG, 'A dead letter: content, editions, what happened to it', letterView)),
    params: onLetter,
    querystring: schemas.readQuery,
  };
  app.get(LETTER, { ...needs('deadletter:open'), schema }, async (request, reply) => {
    await checkMinPosition(deps, request.query.minPosition);
    const { letterId } = request.params;
    const view = await deps.handlers.getLetter(letterId);
    if (view === undefined) throw problem('unknown_letter', `Dead letter not found: ${letterId}`);
    return answerTagged(reply, outward(deps, view));
  });
};

const OPERATE = needs('deadletter:operate');
const describe = <Answer extends z.ZodType>(summary: string, answer: Answer) => ({
  ...operation(TAG, summary, answer),
  params: onLetter,
});

const redriveRoute = (app: App, deps: Deps): void => {
  const schema = { ...describe('Take a record in again', redriveAnswer), body: inputs.redriveLetterInput };
  app.post(`${LETTER}/redrive`, { ...OPERATE, schema }, async (request, reply) => {
    const on = onOf(request.params.letterId, revisionInsistedOn(request));
    const done = doneOf(await deps.handlers.redriveLetter(on, request.body, deps.contextOf(request)));
    reply.header('location', redriveLocation(done.value.redriveId));
    return { ...successOf(deps, reply, done, `Selected dead letter: ${on.letterId}`), ...done.value };
  });
};

const redriveManyRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...operation(TAG, 'Take many records in again', z.union([redriveManyAnswer, previewAnswer])),
    querystring: schemas.readQuery,
    body: inputs.redriveLettersInput,
  };
  app.post('/api/v1/dead-letters/redrive', { ...OPERATE, ...SELECTING, schema }, async (request, reply) => {
    await awaitPosition(deps, reply, DEAD_LETTERS, request.query.minPosition);
    const { dryRun, reason, perSecond, ...selection } = request.body;
    if (dryRun) return outward(deps, await deps.queries.previewRedrive(selection, inputs.MAX_SELECTED));
    const { letterIds, isCut } = await idsOf(deps, selection);
    const how = { perSecond, ...(reason === undefined ? {} : { reason }) };
    const done = doneOf(await deps.handlers.redriveLetters(letterIds, how, deps.contextOf(request)));
    reply.header('location', redriveLocation(done.value.redriveId));
    const message = `Selected ${done.value.selected} dead letters`;
    return { ...successOf(deps, reply, done, message), ...done.value, isCut };
  });
};

const idsOf = async ({ queries }: Deps, selection: inputs.PreviewRedriveInput) => {
  const { ids } = selection;
  if (ids !== undefined) return { letterIds: [...new Set(ids)], isCut: false };
  const { letters, isCut } = await queries.selectLetters(selection, inputs.MAX_SELECTED);
  return { letterIds: letters.map(({ id }) => id), isCut };
};

const previewRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...operation(TAG, 'What a redrive would do; changes nothing', previewAnswer),
    querystring: schemas.readQuery,
    body: inputs.previewRedriveInput,
  };
  const options = { ...needs('deadletter:read'), ...WAITING, bodyLimit: ANSWERS_BODY_LIMIT, schema };
  app.post('/api/v1/dead-letters/redrive/preview', options, async (request, reply) => {
    await awaitPosition(deps, reply, DEAD_LETTERS, request.query.minPosition);
    return outward(deps, await deps.queries.previewRedrive(request.body, inputs.MAX_SELECTED));
  });
};

const editRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...describe('Edit the value of a record, with a reason', editAnswer),
    body: inputs.editLetterInput,
  };
  const options = { ...OPERATE, bodyLimit: ANSWERS_BODY_LIMIT, schema };
  app.post(`${LETTER}/edit`, options, async (request, reply) => {
    const on = onOf(request.params.letterId, revisionInsistedOn(request));
    const done = doneOf(await deps.handlers.editLetter(on, request.body, deps.contextOf(request)));
    const { edition } = done.value;
    const view = await deps.handlers.getLetter(on.letterId);
    const diff = view?.editions.find((made) => made.edition === edition)?.diff ?? null;
    return { ...successOf(deps, reply, done, `Edited dead letter: ${on.letterId}`), edition, diff };
  });
};

const discardRoute = (app: App, deps: Deps): void => {
  const schema = {
    ...describe('Close a dead letter without taking its record, with a reason', schemas.commandAnswer),
    body: inputs.discardLetterInput,
  };
  app.post(`${LETTER}/discard`, { ...OPERATE, schema }, async (request, reply) => {
    const on = onOf(request.params.letterId, revisionInsistedOn(request));
    const done = doneOf(await deps.handlers.discardLetter(on, request.body, deps.contextOf(request)));
    return successOf(deps, reply, done, `Discarded dead letter: ${on.letterId}`);
  });
};

const onOf = (letterId: string, revision: number | undefined) => ({
  letterId,
  ...(revision === undefined ? {} : { revision }),
});
