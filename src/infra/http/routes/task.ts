import type { FastifyReply } from 'fastify';
import { pollTasksInput, taskAnswersInput, taskHeartbeatsInput } from '../../../commands/task/inputs.ts';
import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import { ownOnly, requireService } from '../caller.ts';
import { ANSWERS_BODY_LIMIT, WAITING } from '../server-options.ts';
import type { App } from '../typed-app.ts';
import { whileConnected } from '../waiting.ts';
import { outwardOutcome } from '../outward-outcome.ts';
import { needs, operation } from './operation.ts';
import type { RouteDeps } from './route-deps.ts';
import * as schemas from './schemas.ts';

const TAG = 'tasks';

export const taskRoutes = (app: App, deps: RouteDeps): void => {
  pollRoute(app, deps);
  answersRoute(app, deps);
  heartbeatsRoute(app, deps);
};

const pollRoute = (app: App, deps: RouteDeps): void => {
  app.post(
    '/api/v1/tasks/poll',
    {
      ...needs('task:work'),
      ...WAITING,
      schema: { ...operation(TAG, 'Take tasks, waiting for them', schemas.pollAnswer), body: pollTasksInput },
    },
    async (request, reply) => {
      requireService(request, request.body.service);
      const tasks = await deps.handlers.pollTasks(request.body, whileConnected(reply, deps.drain));
      if (tasks.length > 0) releaseUnlessDelivered(deps, reply, tasks);
      return { tasks };
    },
  );
};

/** A task whose answer could not be written all the way to the connection goes back on offer. */
const releaseUnlessDelivered = (deps: RouteDeps, reply: FastifyReply, tasks: readonly WorkerTask[]): void => {
  const release = () => {
    deps.handlers.releaseTasks(tasks).catch((error: unknown) => {
      reply.log.error(
        { requestId: reply.request.id, err: error },
        'tasks could not be released; their lease will lapse',
      );
    });
  };
  if (reply.sent || reply.raw.closed) release();
  else reply.raw.once('close', () => (reply.raw.writableFinished ? undefined : release()));
};

const answersRoute = (app: App, deps: RouteDeps): void => {
  app.post(
    '/api/v1/tasks/responses',
    {
      ...needs('task:work'),
      bodyLimit: ANSWERS_BODY_LIMIT,
      schema: {
        ...operation(TAG, 'Answer tasks, one or many', schemas.answersAnswer),
        body: taskAnswersInput,
      },
    },
    async (request) => {
      const answers = [request.body].flat();
      const outcomes = await deps.handlers.answerTasks(answers, deps.contextOf(request));
      return {
        results: outcomes.map((outcome) => outwardOutcome(deps.cursor, outcome)),
      };
    },
  );
};

const heartbeatsRoute = (app: App, deps: RouteDeps): void => {
  app.post(
    '/api/v1/tasks/heartbeat',
    {
      ...needs('task:work'),
      schema: {
        ...operation(TAG, 'Keep tasks, one or many, and say how far they are', schemas.heartbeatsAnswer),
        body: taskHeartbeatsInput,
      },
    },
    async (request) => ({
      results: await deps.handlers.heartbeatTasks([request.body].flat(), ownOnly(request)),
    }),
  );
};
