import { z } from 'zod';
import type { Environment } from './environment.ts';

const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

const isIssuer = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
};

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
  /** What `typ` of a token must be, as `at+jwt`. */
  JWT_TYP: z.string().max(80).optional(),
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
