import { z } from 'zod';
import * as inputs from '../../../commands/timer/inputs.ts';
import { SAGAS } from '../../../projections/sagas/read-model.ts';
import { previewShift } from '../../../queries/timer/preview-shift.ts';
import { ownOnly } from '../caller.ts';
import { problem } from '../problem-details.ts';
import { WAITING } from '../server-options.ts';
import { answerTagged, orUnchanged } from '../tagged.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import { awaitEnd, awaitPosition, outward } from './read-model.ts';
import type { ReadDeps } from './read-model.ts';
import { doneOf, reflected, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import { visibleTo } from './saga-reads.ts';
import * as schemas from './schemas.ts';
import { onShift, shiftAnswer, shiftPreview, shiftView } from './timer-schemas.ts';

const TAG = 'timers';
const OPERATE = needs('saga:operate');

/** Where it can be seen how a shift goes on. */
const shiftLocation = (shiftId: string): string => `/api/v1/timers/shifts/${shiftId}`;

/** Many timers at once: which ones, moved by the server at a pace, with a result for each run. */
export const timerShiftRoutes = (app: App, deps: RouteDeps & ReadDeps): void => {
  shiftRoute(app, deps);
  getRoute(app, deps);
};

const shiftRoute = (app: App, deps: RouteDeps & ReadDeps): void => {
  const summary = 'Move many timers, by as much or to one time; with dryRun, say which';
  const schema = {
    ...operation(TAG, summary, z.union([shiftAnswer, shiftPreview])),
    querystring: schemas.readQuery,
    body: inputs.shiftTimersInput,
  };
  app.post('/api/v1/timers/shift', { ...OPERATE, ...WAITING, schema }, async (request, reply) => {
    const { body } = request;
    const context = deps.contextOf(request);
    const { minPosition } = request.query;
    // What is armed already must not be left out because nobody has read of it yet.
    if (minPosition === undefined) await awaitEnd(deps, reply, SAGAS);
    else await awaitPosition(deps, reply, SAGAS, minPosition);
    const selection = { ...body.filter, ...visibleTo(request) };
    const selected = await deps.queries.selectTimers(selection, inputs.mostShifted);
    if (body.dryRun) return outwardPreview(deps, previewShift(selected, body));
    if (selected.isCut)
      throw problem('too_large', `more than ${inputs.mostShifted} runs match: narrow the filter`);
    const done = doneOf(await deps.handlers.shiftTimers(selected.flowIds, body, context));
    reply.header('location', shiftLocation(done.value.shiftId));
    const message = `The timers of ${done.value.runs} runs are being moved`;
    return { ...successOf(deps, reply, done, message), ...done.value };
  });
};

const outwardPreview = (deps: ReadDeps, preview: ReturnType<typeof previewShift>) => ({
  ...outward(deps, preview),
  first: preview.first.map((timer) => outward(deps, timer)),
});

const getRoute = (app: App, deps: RouteDeps): void => {
  const schema = {
    ...orUnchanged(operation(TAG, 'How a shift of timers goes on, and what became of each run', shiftView)),
    params: onShift,
    querystring: schemas.readQuery,
  };
  app.get('/api/v1/timers/shifts/:shiftId', { ...OPERATE, schema }, async (request, reply) => {
    const { shiftId } = request.params;
    const { position } = await reflected(deps, request.query.minPosition);
    const found = await deps.handlers.getTimerShift(shiftId);
    const own = ownOnly(request);
    // Somebody else's is answered as one that does not exist.
    if (found === undefined || (own !== undefined && found.owner !== own))
      throw problem('unknown_timer_shift', `Shift of timers not found: ${shiftId}`);
    return answerTagged(reply, { ...found, position });
  });
};
