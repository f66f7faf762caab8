import type { FastifyInstance, FastifyRequest } from 'fastify';
import { problem } from './problem-details.ts';
import { isRead } from './route-table.ts';

/** What every request takes besides is more. */
const SMALL_BYTES = 16 * 1024;

/**
 * Turns large bodies away while as many are under way as there is memory for: a flood of them would end the process, and
 * with it everybody else's work. One is always taken. To be added after the guards: who is refused holds no memory.
 */
export const boundBodies = (app: FastifyInstance, most: number): void => {
  let underWay = 0;
  app.addHook('onRequest', (request, reply, done) => {
    const bytes = lengthOf(request);
    if (bytes <= SMALL_BYTES) {
      done();
      return;
    }
    if (underWay > 0 && underWay + bytes > most) {
      done(problem('busy', 'too many large requests are under way'));
      return;
    }
    underWay += bytes;
    reply.raw.once('close', () => (underWay -= bytes));
    done();
  });
};

/**
 * At most: one of unknown length is cut off at the limit, one that says more is refused. With GET and HEAD nobody reads it,
 * and what is asked for may go on for hours.
 */
const lengthOf = ({ headers, method, routeOptions: { bodyLimit } }: FastifyRequest): number => {
  if (isRead(method)) return 0;
  return headers['transfer-encoding'] === undefined
    ? Math.min(Number(headers['content-length'] ?? 0), bodyLimit)
    : bodyLimit;
};
