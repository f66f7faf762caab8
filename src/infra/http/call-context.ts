import type { FastifyRequest } from 'fastify';
import type { CallContext } from '../../commands/context.ts';
import { CORRELATION_ID } from '../../domain/conversation.ts';
import { callerOf, ownOnly } from './caller.ts';
import { problem } from './problem-details.ts';
import { traceIdOf } from './trace-context.ts';

export const IDEMPOTENCY_KEY = /^[\x20-\x7E]{1,255}$/;

/** The caller's `X-Correlation-ID` where it is a decent one, else its trace, else the request's own id. */
export const correlationIdOf = (request: FastifyRequest): string => conversationOf(request) ?? request.id;

/** A trace is a conversation too: what follows goes out under it. */
const conversationOf = (request: FastifyRequest): string | undefined =>
  givenCorrelationId(request) ?? traceIdOf(request);

/** The caller's `X-Correlation-ID` where it is a decent one. */
export const givenCorrelationId = (request: FastifyRequest): string | undefined => {
  const given = headerOf(request, 'x-correlation-id');
  return given !== undefined && CORRELATION_ID.test(given) ? given : undefined;
};

/** @throws Problem for an `Idempotency-Key` that is none. */
export const callContextOf = (request: FastifyRequest): CallContext =>
  contextUnder(conversationOf(request), request);

/**
 * Of what names its flow in its body: a trace, which client libraries add unasked, does not take it out of that.
 * @throws Problem as `callContextOf`
 */
export const deliveryContextOf = (request: FastifyRequest): CallContext =>
  contextUnder(givenCorrelationId(request), request);

// A run that nobody correlates with anything is its own conversation.
const contextUnder = (correlationId: string | undefined, request: FastifyRequest): CallContext => {
  const idempotencyKey = headerOf(request, 'idempotency-key');
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw invalidHeader('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
  }
  const service = ownOnly(request);
  return {
    actor: callerOf(request).actor,
    ...(service === undefined ? {} : { service }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
};

/** A header by its name in lower case; several of that name as one, with commas between. */
export const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

export const invalidHeader = (name: string, detail: string): Error =>
  problem('invalid_header', `${name} ${detail}`, {
    errors: [{ in: 'header', pointer: `/${name.toLowerCase()}`, code: 'invalid_format', detail }],
  });
