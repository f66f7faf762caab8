import type { FastifyRequest } from 'fastify';
import type { CallContext } from '../../commands/context.ts';
import { callerOf, ownOnly } from './caller.ts';
import { problem } from './problem-details.ts';

const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const IDEMPOTENCY_KEY = /^[\x20-\x7E]{1,255}$/;

/** The caller's `X-Correlation-ID` where it is a decent one, the request's own id otherwise. */
export const correlationIdOf = (request: FastifyRequest): string => givenCorrelationId(request) ?? request.id;

const givenCorrelationId = (request: FastifyRequest): string | undefined => {
  const given = headerOf(request, 'x-correlation-id');
  return given !== undefined && CORRELATION_ID.test(given) ? given : undefined;
};

/** @throws Problem for an `Idempotency-Key` that is none. */
export const callContextOf = (request: FastifyRequest): CallContext => {
  const idempotencyKey = headerOf(request, 'idempotency-key');
  if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
    throw invalidHeader('Idempotency-Key', 'must be 1 to 255 printable ASCII characters');
  }
  // A run that nobody correlates with anything is its own conversation.
  const correlationId = givenCorrelationId(request);
  const service = ownOnly(request);
  return {
    actor: callerOf(request).actor,
    ...(service === undefined ? {} : { service }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
};

export const headerOf = ({ headers }: FastifyRequest, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

export const invalidHeader = (name: string, detail: string): Error =>
  problem('invalid_header', `${name} ${detail}`, {
    errors: [{ in: 'header', pointer: `/${name.toLowerCase()}`, code: 'invalid_format', detail }],
  });
