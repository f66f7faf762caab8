import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { Clock } from '../clock/port.ts';
import { tooLate } from './error-handler.ts';
import { createLimits } from './limits.ts';

declare module 'fastify' {
  interface FastifyInstance {
    schedule: Clock['schedule'];
  }
  interface FastifyContextConfig {
    /** From the request to its answer, in milliseconds. */
    answerWithinMs?: number;
  }
}

/**
 * Answers for a handler that does not come back within its route's `handlerTimeout`, `usualMs` where it has none, on
 * every route that is added from here on. Fastify's own limit makes a signal for each request and aborts it with an
 * error when its body has been read: nobody here listens to it, and it costs more than all the rest of the way in.
 */
export const answerInTime = (
  app: FastifyInstance,
  clock: Pick<Clock, 'now' | 'schedule'>,
  usualMs: number,
): void => {
  app.decorate('schedule', clock.schedule);
  const limits = createLimits<FastifyReply>(clock, giveUp);
  app.addHook('onRoute', (route) => {
    const answerWithinMs = route.handlerTimeout ?? usualMs;
    route.config = { ...route.config, answerWithinMs };
    delete route.handlerTimeout;
    const { timeout } = app.server;
    if (timeout > 0 && answerWithinMs > timeout && answerWithinMs <= LONGEST_SILENCE_MS)
      allowSilence(route, { silentMs: answerWithinMs + usualMs, usualMs: timeout });
    if (answerWithinMs > LONGEST_SILENCE_MS) endWithClient(route, limits.end);
  });
  app.addHook('onRequest', (request, reply, done) => {
    limits.begin(reply, request.routeOptions.config.answerWithinMs ?? usualMs);
    done();
  });
  app.addHook('onResponse', (_request, reply, done) => {
    limits.end(reply);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    limits.close();
    done();
  });
};

/** What may take longer than this is sent bit by bit: it is never silent for long. */
const LONGEST_SILENCE_MS = 600_000;

/** Until its answer begins, nothing goes over the connection: it must not be taken for a dead one. */
const allowSilence = (
  route: RouteOptions,
  { silentMs, usualMs }: { readonly silentMs: number; readonly usualMs: number },
): void => {
  const limit = ({ raw: { socket } }: FastifyRequest, ms: number): void => {
    if (socket instanceof Socket) socket.setTimeout(ms);
  };
  const { onRequest = [], onSend = [] } = route;
  route.onRequest = [
    ...[onRequest].flat(),
    (request, _reply, done) => {
      limit(request, silentMs);
      done();
    },
  ];
  route.onSend = [
    ...[onSend].flat(),
    (request, _reply, payload, done) => {
      limit(request, usualMs);
      done(null, payload);
    },
  ];
};

/** Of an answer whose client went away Fastify never says that it has ended: here it would be held for most of a day. */
const endWithClient = (route: RouteOptions, end: (reply: FastifyReply) => void): void => {
  route.onRequest = [
    ...[route.onRequest ?? []].flat(),
    (_request, reply, done) => {
      reply.raw.once('close', () => end(reply));
      done();
    },
  ];
};

const giveUp = (reply: FastifyReply): void => {
  if (reply.sent) return;
  // What has begun to be sent cannot be taken back.
  if (reply.raw.headersSent) reply.raw.destroy();
  else void reply.send(tooLate());
};
