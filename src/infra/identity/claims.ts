import { z } from 'zod';
import { ROLES } from './port.ts';
import type { Principal, Role } from './port.ts';

/** What the subject becomes part of cannot hold more: actors in events, owners, log lines. */
const MAX_SUBJECT = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

const claims = z.looseObject({
  sub: z
    .string()
    .min(1)
    .max(MAX_SUBJECT)
    .refine((text) => text.isWellFormed() && !CONTROL.test(text)),
  // Fractions and 1e20 are numbers too, but no times.
  exp: z.int(),
  nbf: z.int().optional(),
  iat: z.int().optional(),
});

type Rules = {
  readonly rolesClaim: string;
  /** Seconds since the epoch that an issue time may not lie behind. */
  readonly issuedBefore: number;
};

/** Whom verified claims speak for; undefined where they do not have the form that is asked of them. */
export const principalOf = (payload: unknown, { rolesClaim, issuedBefore }: Rules): Principal | undefined => {
  const { data } = claims.safeParse(payload);
  if (data === undefined || (data.iat ?? 0) > issuedBefore) return undefined;
  return { subject: data.sub, roles: rolesIn(at(data, rolesClaim)), expiresAt: data.exp * 1000 };
};

/** A claim by its own name, which may hold dots, else by a path of names. */
const at = (payload: object, path: string): unknown => {
  const own = memberOf(payload, path);
  return own === undefined ? path.split('.').reduce(memberOf, payload) : own;
};

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;

const rolesIn = (value: unknown): readonly Role[] => {
  const names = typeof value === 'string' ? value.split(' ') : value;
  return Array.isArray(names) ? ROLES.filter((role) => names.includes(role)) : [];
};
