import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import type { Clock } from './infra/clock/port.ts';
import { wallClock } from './infra/clock/system.ts';
import { loopbackOnly } from './infra/http/auth.ts';
import type { Auth } from './infra/http/auth.ts';
import { bearer } from './infra/http/bearer.ts';
import { jwtIdentity } from './infra/identity/jwt.ts';

type Deps = { readonly clock: Clock; readonly logger: Pick<FastifyBaseLogger, 'warn'> };

/** Who is served, by the settings. @throws PublicKeyInvalid */
export const authOf = (config: Config, { clock, logger }: Deps): Auth => {
  if (config.AUTH === 'off') return loopbackOnly;
  const { JWT_ISSUER, JWT_PUBLIC_KEY_FILE, JWT_AUDIENCE = '', JWT_ROLES_CLAIM, JWT_TYP } = config;
  const identity = jwtIdentity({
    clock,
    wall: wallClock(),
    audience: JWT_AUDIENCE,
    ...(JWT_ISSUER === undefined ? {} : { issuer: JWT_ISSUER }),
    ...(JWT_PUBLIC_KEY_FILE === undefined ? {} : { publicKeyFile: JWT_PUBLIC_KEY_FILE }),
    ...(JWT_ROLES_CLAIM === undefined ? {} : { rolesClaim: JWT_ROLES_CLAIM }),
    ...(JWT_TYP === undefined ? {} : { typ: JWT_TYP }),
    ...organisationsOf(config),
    internalClients: new Set(config.INTERNAL_CLIENTS),
    onTrouble: (err) => logger.warn({ err }, "the token issuer's keys could not be fetched"),
  });
  return bearer(identity);
};

const organisationsOf = (config: Config) => {
  const { ORGANISATION_ROLES: roles, JWT_ORGANISATION_CLAIM, JWT_USER_CLAIM } = config;
  if (roles === undefined) return {};
  const claims = { organisationClaim: JWT_ORGANISATION_CLAIM, userClaim: JWT_USER_CLAIM };
  return { organisations: { ...claims, roles } };
};
