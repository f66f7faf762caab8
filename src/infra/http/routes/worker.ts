import { z } from 'zod';
import { workerHeartbeatInput } from '../../../commands/worker/inputs.ts';
import { liveness } from '../../../domain/liveness.ts';
import { requireService } from '../caller.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';
import type { RouteDeps } from './route-deps.ts';

const heartbeatAnswer = z.strictObject({ service: z.string(), liveness });

export const workerRoutes = (app: App, { handlers }: RouteDeps): void => {
  app.post(
    '/api/v1/workers/heartbeat',
    {
      ...needs('task:work'),
      schema: {
        ...operation('tasks', 'Say that a service is alive, and hear how it stands', heartbeatAnswer),
        body: workerHeartbeatInput,
      },
    },
    (request) => {
      const { body } = request;
      requireService(request, body.service);
      return { service: body.service, liveness: handlers.heartbeatWorker(body) };
    },
  );
};
