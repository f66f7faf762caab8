import { z } from 'zod';
import type { Exposition } from '../../telemetry/port.ts';
import { problem } from '../problem-details.ts';
import type { Permission } from '../permissions.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';

/** Both names of one thing: the customary one, and the one that the reference's scrapers are set to. */
const PATHS = ['/metrics', '/actuator/prometheus'];

/** What is measured, for Prometheus to fetch; 404 where nothing is. */
export const metricsRoutes = (
  app: App,
  exposition: Exposition | undefined,
  permission: Permission = 'metrics:read',
): void => {
  const { response, ...description } = operation('health', 'Metrics in the format of Prometheus', z.never());
  const content = { 'text/plain': { schema: z.string() } };
  const schema = { ...description, response: { ...response, 200: { description: 'Done.', content } } };
  for (const path of PATHS)
    app.get(path, { ...needs(permission), schema }, async (_request, reply) => {
      if (exposition === undefined) throw problem('not_found', 'nothing is measured here');
      return reply.type(exposition.contentType).send(await exposition.render());
    });
};
