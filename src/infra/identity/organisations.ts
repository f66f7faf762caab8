import { z } from 'zod';
import type { CatalogueRole, Role } from './port.ts';

export type OrganisationRules = {
  /** The claims that name the organisation and the person, or paths to them with dots. */
  readonly organisationClaim: string;
  readonly userClaim: string;
  /** Which catalogue roles count, by organisation. */
  readonly roles: Readonly<Record<string, readonly CatalogueRole[]>>;
};

/** What each comes to here: of these, too, each includes those before it. */
const OURS: Readonly<Record<CatalogueRole, Role>> = {
  USER: 'caseworker',
  ADMIN: 'operator',
  DEVELOPER: 'admin',
};

const claims = z.object({
  organisation: z.string().min(1),
  user: z.string().min(1),
  roles: z.array(z.string()),
});

/**
 * The roles of a person of an organisation: those that the catalogue gives them and that count for the organisation;
 * none of one that is not in the map. Undefined where a claim is missing.
 */
export const rolesInOrganisation = (
  rules: OrganisationRules,
  given: unknown,
): readonly Role[] | undefined => {
  const { data } = claims.safeParse(given);
  if (data === undefined) return undefined;
  const counting = Object.entries(rules.roles).find(([name]) => name === data.organisation)?.[1] ?? [];
  const held = new Set(data.roles.map(catalogueName));
  return counting.filter((role) => held.has(role)).map((role) => OURS[role]);
};

// A catalogue has the roles of many applications: `https://…/vigo/flyt/user` is one of ours.
const OWN_ROLE = /\/flyt\/([a-z]+)\/?$/i;

const catalogueName = (address: string): string | undefined => OWN_ROLE.exec(address)?.[1]?.toUpperCase();
