import { z } from 'zod';
import { memberOf } from '../../domain/member-of.ts';
import { rolesInOrganisation } from './organisations.ts';
import type { OrganisationRules } from './organisations.ts';
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
  jti: z.string().optional(),
});

/** Whose claims count, and for what. */
export type ClaimRules = {
  readonly rolesClaim: string;
  /** Where people come from organisations: what their roles come to there. */
  readonly organisations?: OrganisationRules;
  /** Subjects of programs that may call without any role. */
  readonly internalClients?: ReadonlySet<string>;
};

type Rules = ClaimRules & {
  /** Seconds since the epoch that an issue time may not lie behind. */
  readonly issuedBefore: number;
};

/** Whom verified claims speak for; undefined where they do not have the form that is asked of them. */
export const principalOf = (payload: unknown, rules: Rules): Principal | undefined => {
  const { data } = claims.safeParse(payload);
  if (data === undefined || (data.iat ?? 0) > rules.issuedBefore) return undefined;
  const roles = rolesOf(data, rules);
  const known = { subject: data.sub, roles: roles ?? [], expiresAt: data.exp * 1000, ...tokenOf(data) };
  if (rules.internalClients?.has(data.sub) === true) return { ...known, isInternalClient: true };
  return roles === undefined ? undefined : known;
};

/** By what a single token can be refused later. */
const tokenOf = ({ jti, iat }: z.output<typeof claims>): Pick<Principal, 'tokenId' | 'issuedAt'> => ({
  ...(jti === undefined ? {} : { tokenId: jti }),
  ...(iat === undefined ? {} : { issuedAt: iat * 1000 }),
});

/**
 * Where people come from organisations, a token that names one is judged by it alone, and one that names none must
 * have a role of ours; undefined where a claim is missing.
 */
const rolesOf = (payload: object, { rolesClaim, organisations }: Rules): readonly Role[] | undefined => {
  const roles = at(payload, rolesClaim);
  const own = rolesIn(roles);
  if (organisations === undefined) return own;
  const organisation = at(payload, organisations.organisationClaim);
  if (organisation === undefined) return own.length === 0 ? undefined : own;
  const user = at(payload, organisations.userClaim);
  return rolesInOrganisation(organisations, { organisation, user, roles });
};

/** A claim by its own name, which may hold dots, else by a path of names. */
const at = (payload: object, path: string): unknown => {
  const own = memberOf(payload, path);
  return own === undefined ? path.split('.').reduce(memberOf, payload) : own;
};

const rolesIn = (value: unknown): readonly Role[] => {
  const names = typeof value === 'string' ? value.split(' ') : value;
  return Array.isArray(names) ? ROLES.filter((role) => names.includes(role)) : [];
};
