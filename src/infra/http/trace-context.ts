import type { FastifyReply, FastifyRequest } from 'fastify';

/** W3C Trace Context: version 00 is that long, later ones may say more behind it. */
const TRACEPARENT =
  /^(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

/** The trace that a caller's `traceparent` names; undefined without one, and for what is none. */
export const traceIdOf = ({ headers: { traceparent } }: FastifyRequest): string | undefined =>
  typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;

/** Says which span of the caller's trace this request is. Not sampled: no such span is ever exported. */
export const answerTrace = ({ id }: FastifyRequest, reply: FastifyReply, traceId: string): void => {
  reply.header('traceparent', `00-${traceId}-${id.replaceAll('-', '').slice(-16)}-00`);
};
