import { z } from 'zod';
import { name, serviceName } from '../../domain/names.ts';
import type { Registrant } from './record-attempt.ts';
import { defaultServiceOf } from './register-input.ts';

/** Enough of a registration to say whose attempt it was. */
const attributable = z
  .object({ orchName: name.optional(), orchestrationName: name.optional(), as: z.unknown().optional() })
  .transform(({ orchName, orchestrationName, as }) => ({ orchName: orchName ?? orchestrationName, as }));

const MAX_ROLE = 80;

/** Whose attempt to register a body was that is none, by the service that was named; undefined where nobody can tell. */
export const registrantIn = (body: unknown, service: string | undefined): Registrant | undefined => {
  const { orchName, as } = attributable.safeParse(body).data ?? {};
  if (orchName === undefined) return undefined;
  return {
    orchName,
    as: typeof as === 'string' ? as.slice(0, MAX_ROLE).toWellFormed() : '',
    service: serviceName.catch(defaultServiceOf(orchName)).parse(service),
  };
};
