import { z } from 'zod';
import { problem } from '../problem-details.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';

/** Describes what goes over the message bus, where there is one. */
export const asyncApiRoutes = (app: App, document: object | undefined): void => {
  const answer = z.looseObject({ asyncapi: z.string() });
  app.get(
    '/asyncapi.json',
    { ...needs('public'), schema: operation('health', 'The messages on the bus, as AsyncAPI', answer) },
    () => {
      if (document === undefined) throw problem('not_found', 'this deployment has no message bus');
      return { asyncapi: '3.0.0', ...document };
    },
  );
};
