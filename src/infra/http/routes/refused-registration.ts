import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Registrant } from '../../../commands/orchestration/record-attempt.ts';
import { defaultServiceOf } from '../../../commands/orchestration/register-input.ts';
import { reject } from '../../../domain/decider.ts';
import { name, serviceName } from '../../../domain/names.ts';
import { headerOf } from '../call-context.ts';
import { ownOnly } from '../caller.ts';
import { Problem } from '../problem-details.ts';
import { problemOfRefusal } from '../problem-of-refusal.ts';
import type { RouteDeps } from './route-deps.ts';

/** Enough of a registration to say whose attempt it was. */
const attributable = z
  .object({ orchName: name.optional(), orchestrationName: name.optional(), as: z.unknown().optional() })
  .transform(({ orchName, orchestrationName, as }) => ({ orchName: orchName ?? orchestrationName, as }));

const SHAPE_CODES: readonly string[] = ['invalid_input', 'invalid_header'];
const MAX_ROLE = 80;
/** As long as the event keeps it. */
const MAX_POINTER = 200;

/**
 * Every attempt to register is an event, also one whose body has the wrong shape, as long as it names an
 * orchestration. Gives the error to answer with: the same one, or that the attempt could not be recorded.
 */
export const afterRecording = async (
  deps: RouteDeps,
  request: FastifyRequest,
  error: unknown,
): Promise<unknown> => {
  if (!(error instanceof Problem) || !SHAPE_CODES.includes(error.code)) return error;
  const who = registrantOf(request);
  if (who === undefined) return error;
  const { actor } = deps.contextOf(request);
  const refusal = reject(error.code, error.message, error.errors?.[0]?.pointer.slice(0, MAX_POINTER));
  const recorded = await deps.handlers.refuseRegistration(who, refusal, { actor });
  return recorded.kind === 'unavailable' ? problemOfRefusal(recorded) : error;
};

const registrantOf = (request: FastifyRequest): Registrant | undefined => {
  const { data } = attributable.safeParse(request.body);
  if (data?.orchName === undefined) return undefined;
  const { orchName, as } = data;
  const service = serviceName.safeParse(headerOf(request, 'x-service-name') ?? ownOnly(request)).data;
  return {
    orchName,
    as: typeof as === 'string' ? as.slice(0, MAX_ROLE) : '',
    service: service ?? defaultServiceOf(orchName),
  };
};
