import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock/port.ts';

/** What is under way has as long; the rest of the time to stop is for what comes behind it. */
const PATIENCE_MS = 20_000;

/**
 * Stops taking requests and waits for what is under way. A connection that has not finished its request by then, or does
 * not read its answer, is cut: the whole process would be held up by it.
 */
export const closeApp = async (
  app: Pick<FastifyInstance, 'close' | 'server'>,
  clock: Pick<Clock, 'schedule'>,
): Promise<void> => {
  const cancel = clock.schedule(PATIENCE_MS, () => {
    app.server.closeAllConnections();
  });
  try {
    await app.close();
  } finally {
    cancel();
  }
};

/** Closes servers that stand side by side: each has its whole patience, and together they take no longer than one. */
export const closeApps = async (
  apps: readonly Pick<FastifyInstance, 'close' | 'server'>[],
  clock: Pick<Clock, 'schedule'>,
): Promise<void> => {
  await Promise.all(apps.map((app) => closeApp(app, clock)));
};
