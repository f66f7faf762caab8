import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerTo } from './error-handler.ts';
import type { Problem } from './problem-details.ts';
import { applySecurityHeaders } from './security-headers.ts';
import { tellConversation } from './tell-conversation.ts';

/** The error document that callers of the reference's own addresses know. */
export const springError = z.strictObject({
  timestamp: z.string(),
  status: z.int(),
  error: z.string(),
  message: z.string(),
  path: z.string(),
});
type SpringError = z.infer<typeof springError>;

/** Where 400 and above are told apart no further than the reference does. */
type StatusOf = (problem: Problem) => { readonly status: number; readonly message: string };

/**
 * Answers every failure of a route with the reference's error document.
 * @param now milliseconds since the Unix epoch
 */
export const answerSpringError =
  (now: () => number, statusOf: StatusOf) =>
  (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { problem, isOurs } = answerTo(error);
    if (isOurs) request.log.error({ requestId: request.id, err: error }, 'request failed');
    const { status, message } = statusOf(problem);
    const document: SpringError = {
      timestamp: new Date(now()).toISOString(),
      status,
      error: STATUS_CODES[status] ?? 'Unknown',
      message,
      path: request.url.split('?', 1)[0] ?? '',
    };
    applySecurityHeaders(reply);
    if (!reply.hasHeader('x-correlation-id')) tellConversation(request, reply);
    void reply
      .code(status)
      .headers(problem.headers)
      .type('application/json')
      .serializer(JSON.stringify)
      .send(document);
  };
