import type { FastifyRequest } from 'fastify';
import { registrantIn } from '../../../commands/orchestration/registrant-in.ts';
import { reject } from '../../../domain/decider.ts';
import { headerOf } from '../call-context.ts';
import { ownOnly } from '../caller.ts';
import { Problem } from '../problem-details.ts';
import { problemOfRefusal } from '../problem-of-refusal.ts';
import type { RouteDeps } from './route-deps.ts';

const SHAPE_CODES: readonly string[] = ['invalid_input', 'invalid_header'];
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
  const who = registrantIn(request.body, headerOf(request, 'x-service-name') ?? ownOnly(request));
  if (who === undefined) return error;
  const { actor } = deps.contextOf(request);
  const pointer = error.errors?.[0]?.pointer.slice(0, MAX_POINTER).toWellFormed();
  const refusal = reject(error.code, error.message, pointer);
  const recorded = await deps.handlers.refuseRegistration(who, refusal, { actor });
  return recorded.kind === 'unavailable' ? problemOfRefusal(recorded) : error;
};
