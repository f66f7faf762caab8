import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { defaultServiceOf, registerInput } from '../../../commands/orchestration/register-input.ts';
import { flowId as flowIdInput, undoSagaInput } from '../../../commands/saga/inputs.ts';
import { serviceName } from '../../../domain/names.ts';
import { keepBytes, parseYamlToo } from '../body-parsers.ts';
import { headerOf, invalidHeader } from '../call-context.ts';
import { ownOnly } from '../caller.ts';
import { answerError } from '../error-handler.ts';
import type { App } from '../typed-app.ts';
import { WAITING } from '../server-options.ts';
import { applyWait, preferredWait } from '../waiting.ts';
import { needs, operation } from './operation.ts';
import { outward } from './read-model.ts';
import { doneOf, successOf } from './route-deps.ts';
import type { RouteDeps } from './route-deps.ts';
import { afterRecording } from './refused-registration.ts';
import * as schemas from './schemas.ts';

const TAG = 'orchestrations';

export const orchestrationRoutes = (app: App, deps: RouteDeps): void => {
  app.register((scope: App, _options, done) => {
    registerRoute(scope, deps);
    done();
  });
  app.register((scope: App, _options, done) => {
    executeRoute(scope, deps);
    done();
  });
  undoRoute(app, deps);
};

const registerRoute = (app: App, deps: RouteDeps): void => {
  parseYamlToo(app);
  const description = operation(TAG, 'Register an initiator or a worker', schemas.registerAnswer);
  app.post(
    '/api/orchestration/register',
    {
      ...needs('orchestration:register'),
      schema: { ...description, body: registerInput, consumes: ['application/json', 'application/yaml'] },
      errorHandler: (error, request, reply) => {
        const answer = (final: unknown): void => {
          answerError(final, request, reply);
        };
        afterRecording(deps, request, error).then(answer, answer);
      },
    },
    async (request, reply) => {
      const service = serviceOf(request) ?? defaultServiceOf(request.body.orchName);
      const input = { ...request.body, service };
      const done = doneOf(await deps.handlers.register(input, deps.contextOf(request)));
      const { orchName, registeredSteps, failedSteps } = done.value;
      const message = `Registration initiated for orchestration: ${orchName}`;
      return { ...successOf(deps, reply, done, message), registeredSteps, failedSteps };
    },
  );
};

const serviceOf = (request: FastifyRequest): string | undefined => {
  const given = headerOf(request, 'x-service-name') ?? ownOnly(request);
  if (given === undefined) return undefined;
  const parsed = serviceName.safeParse(given);
  if (!parsed.success)
    throw invalidHeader('X-Service-Name', parsed.error.issues[0]?.message ?? 'is not a name');
  return parsed.data;
};

/** The run's id where the caller chose it. A key makes one by itself. */
const chosenRun = (request: FastifyRequest): { readonly flowId?: string } => {
  const given = headerOf(request, 'flowid');
  if (given === undefined) return {};
  const { data } = flowIdInput.safeParse(given);
  if (data === undefined) throw invalidHeader('flowId', 'must be a UUID');
  if (headerOf(request, 'idempotency-key') !== undefined)
    throw invalidHeader('flowId', 'and Idempotency-Key both say which run it is: one of them only');
  return { flowId: data };
};

const NOTHING = new Uint8Array();
const bytes = z.instanceof(Uint8Array);

const executeRoute = (app: App, deps: RouteDeps): void => {
  keepBytes(app);
  app.post(
    '/api/orchestration/execute/:orchName',
    {
      ...needs('saga:start'),
      ...WAITING,
      schema: {
        ...operation(TAG, 'Start a run; the body is its payload, as it comes', schemas.executeAnswer),
        params: schemas.onOrchestration,
        consumes: ['application/octet-stream', 'application/json'],
      },
    },
    async (request, reply) => {
      const payload = bytes.parse(request.body ?? NOTHING);
      const input = { orchName: request.params.orchName, payload, ...chosenRun(request) };
      const done = doneOf(await deps.handlers.startSaga(input, deps.contextOf(request)));
      const { flowId } = done.value;
      reply.header('location', `/api/v1/sagas/${flowId}`);
      const success = { ...successOf(deps, reply, done, 'Orchestration execution started'), flowId };
      const seconds = preferredWait(reply);
      if (seconds === undefined) return success;
      const saga = await deps.handlers.getSaga(flowId, applyWait(reply, seconds, deps.drain));
      return saga === undefined ? success : { ...success, saga: outward(deps, saga), result: saga.result };
    },
  );
};

const undoRoute = (app: App, deps: RouteDeps): void => {
  app.post(
    '/api/orchestration/undo/:flowId',
    {
      ...needs('saga:undo'),
      schema: {
        ...operation(TAG, 'Undo a run', schemas.commandAnswer),
        params: schemas.onRun,
        body: undoSagaInput,
      },
    },
    async (request, reply) => {
      const { flowId } = request.params;
      const done = doneOf(await deps.handlers.undoSaga(flowId, request.body, deps.contextOf(request)));
      return successOf(deps, reply, done, `Undo initiated for flowId: ${flowId}`);
    },
  );
};
