import type { FastifyReply, FastifyRequest } from 'fastify';
import { correlationIdOf } from './call-context.ts';
import { answerTrace, traceIdOf } from './trace-context.ts';

/** Says under what a request goes on: on every answer, also one that is given before any hook has run. */
export const tellConversation = (request: FastifyRequest, reply: FastifyReply): void => {
  const correlationId = correlationIdOf(request);
  reply.header('x-correlation-id', correlationId);
  if (correlationId === traceIdOf(request)) answerTrace(request, reply, correlationId);
};
