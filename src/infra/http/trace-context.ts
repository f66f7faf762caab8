import type { FastifyReply, FastifyRequest } from 'fastify';
import { spanIn, traceparentText } from '../tracing/port.ts';

/** The trace that a caller's `traceparent` names; undefined without one, and for what is none. */
export const traceIdOf = ({ headers: { traceparent } }: FastifyRequest): string | undefined =>
  typeof traceparent === 'string' ? spanIn(traceparent)?.traceId : undefined;

/** The span that a request is. */
export const spanIdOf = ({ id }: FastifyRequest): string => id.replaceAll('-', '').slice(-16);

/** Says which span of the caller's trace this request is. Not sampled, unless whoever exports it says so later. */
export const answerTrace = (request: FastifyRequest, reply: FastifyReply, traceId: string): void => {
  reply.header('traceparent', traceparentText({ traceId, spanId: spanIdOf(request) }, false));
};
