import type { FastifyRequest } from 'fastify';
import * as inputs from '../../../commands/timer/inputs.ts';
import type { OnTimer } from '../../../commands/timer/handlers.ts';
import { requiredRevision } from '../if-match.ts';
import { successOf, doneOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import * as schemas from './schemas.ts';
import { onTimer } from './timer-schemas.ts';

const TAG = 'timers';
const TIMER = '/api/v1/timers/:flowId/:step/:action';
const OPERATE = needs('saga:operate');

/** What is done with one timer; the run must stand where the caller saw it. */
export const timerRoutes = (app: App, deps: RouteDeps): void => {
  rescheduleRoute(app, deps);
  fireRoute(app, deps);
  cancelRoute(app, deps);
};

const describe = (summary: string) => ({
  ...operation(TAG, summary, schemas.commandAnswer),
  params: onTimer,
});

type Place = Omit<OnTimer, 'revision'>;

const seen = (request: FastifyRequest, place: Place): OnTimer => ({
  ...place,
  revision: requiredRevision(request),
});

const words = ({ step, action }: Place): string => `${action} of step: ${step}`;

const rescheduleRoute = (app: App, deps: RouteDeps): void => {
  const schema = { ...describe('Move a timer to another time'), body: inputs.rescheduleTimerInput };
  app.post(`${TIMER}/reschedule`, { ...OPERATE, schema }, async (request, reply) => {
    const { params, body } = request;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.rescheduleTimer(seen(request, params), body, context));
    return successOf(deps, reply, done, `Rescheduled the ${words(params)}`);
  });
};

const fireRoute = (app: App, deps: RouteDeps): void => {
  const schema = { ...describe('Have a timer fire now'), body: inputs.timerReasonInput };
  app.post(`${TIMER}/fire`, { ...OPERATE, schema }, async (request, reply) => {
    const { params, body } = request;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.fireTimer(seen(request, params), body, context));
    return successOf(deps, reply, done, `Fired the timer of the ${words(params)}`);
  });
};

const cancelRoute = (app: App, deps: RouteDeps): void => {
  const summary = 'Cancel a timer: without its retry a step waits for a person';
  const schema = { ...describe(summary), body: inputs.timerReasonInput };
  app.post(`${TIMER}/cancel`, { ...OPERATE, schema }, async (request, reply) => {
    const { params, body } = request;
    const context = deps.contextOf(request);
    const done = doneOf(await deps.handlers.cancelTimer(seen(request, params), body, context));
    return successOf(deps, reply, done, `Cancelled the timer of the ${words(params)}`);
  });
};
