import { z } from 'zod';
import type { Environment } from './environment.ts';
import { CATALOGUE_ROLES } from './infra/identity/port.ts';

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

const isIssuer = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
};

const fromJson = (text: string, context: z.core.$RefinementCtx<string>): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue('must be JSON: an object of organisations, each with a list of USER, ADMIN, DEVELOPER');
    return z.NEVER;
  }
};

const organisationRoles = z.record(z.string().min(1), z.array(z.enum(CATALOGUE_ROLES)));

/** Who may call, and how it is known. */
export const authSettings = {
  AUTH: z.enum(['off', 'jwt'], 'must be off or jwt').default('off'),
  /** `iss` of the tokens; without JWT_PUBLIC_KEY_FILE the keys are found there, by OpenID Connect discovery. */
  JWT_ISSUER: z
    .string()
    .refine(isIssuer, 'must be an https address (http only on this machine), without query and credentials')
    .optional(),
  /** A PEM file with the one key that signs tokens. */
  JWT_PUBLIC_KEY_FILE: z.string().optional(),
  /** What `aud` of a token must be or hold. */
  JWT_AUDIENCE: z.string().max(200).optional(),
  /** The claim with the roles, or a path to it with dots. */
  JWT_ROLES_CLAIM: z.string().max(200).optional(),
  /** A JSON file that names tokens to refuse before they end; looked at again every few seconds. */
  JWT_REFUSED_FILE: z.string().optional(),
  /** What `typ` of a token must be, as `at+jwt`. */
  JWT_TYP: z.string().max(80).optional(),
  /** Organisation to the catalogue roles that count there, as JSON. With it, people come from organisations. */
  ORGANISATION_ROLES: z.string().transform(fromJson).pipe(organisationRoles).optional(),
  /** The claims that name the organisation and the person, or paths to them with dots. */
  JWT_ORGANISATION_CLAIM: z.string().max(200).default('organizationid'),
  JWT_USER_CLAIM: z.string().max(200).default('objectidentifier'),
  /** Subjects of programs that may use /api/intern-klient, separated by commas or blanks. */
  INTERNAL_CLIENTS: z
    .string()
    .transform((text) => text.split(/[\s,]+/).filter((subject) => subject !== ''))
    .default([]),
  /** `off`: /api/intern answers 401 to everybody. */
  INTERNAL_API: z.enum(['on', 'off'], 'must be on or off').default('on'),
};

/** Settings for tokens that say nothing of who signs them would let everybody in, or nobody. */
export const authConflicts = (given: Environment): readonly string[] => {
  if (given['AUTH'] !== 'jwt') return [];
  const hasKeys = given['JWT_ISSUER'] !== undefined || given['JWT_PUBLIC_KEY_FILE'] !== undefined;
  return [
    ...(hasKeys ? [] : ['JWT_ISSUER or JWT_PUBLIC_KEY_FILE must be set while AUTH is jwt']),
    ...(given['JWT_AUDIENCE'] === undefined
      ? ['JWT_AUDIENCE must be set while AUTH is jwt: the name of this service in tokens']
      : []),
  ];
};
