import type { FastifyBaseLogger } from 'fastify';
import type { Config } from './config.ts';
import type { Clock } from './infra/clock/port.ts';
import { wallClock } from './infra/clock/system.ts';
import { loopbackOnly } from './infra/http/auth.ts';
import type { Auth } from './infra/http/auth.ts';
import { bearer } from './infra/http/bearer.ts';
import { jwtIdentity } from './infra/identity/jwt.ts';
import type { Identity } from './infra/identity/port.ts';
import { refusedFile } from './infra/identity/refused-file.ts';
import { refusedTokens } from './infra/identity/refusing.ts';
import { parseStrictJson } from './infra/strict-input/strict-json.ts';
import type { Metrics } from './infra/telemetry/metrics.ts';
import { refusedListSource } from './infra/telemetry/standing-metrics.ts';

type Deps = {
  readonly clock: Clock;
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'warn'>;
  readonly metrics: Pick<Metrics, 'add'>;
  readonly closing: (() => unknown)[];
};

/** Who is served, by the settings. @throws PublicKeyInvalid, RefusedListInvalid */
export const authOf = async (config: Config, deps: Deps): Promise<Auth> => {
  const failures = { count: 0 };
  deps.metrics.add(refusedListSource(() => failures.count));
  if (config.AUTH === 'off') return loopbackOnly;
  const identity = identityOf(config, deps);
  const path = config.JWT_REFUSED_FILE;
  return bearer(path === undefined ? identity : await withoutRefused(identity, path, { ...deps, failures }));
};

type Counting = Deps & { readonly failures: { count: number } };

const withoutRefused = async (
  identity: Identity,
  path: string,
  { clock, logger, closing, failures }: Counting,
): Promise<Identity> => {
  const refused = await refusedTokens({
    load: refusedFile(path, parseStrictJson),
    clock,
    onTrouble: (err) => {
      failures.count += 1;
      logger.warn({ err }, 'the list of refused tokens cannot be used: the last good one is kept');
    },
    onMended: () => logger.info('the list of refused tokens can be used again'),
  });
  closing.push(refused.close);
  return refused.over(identity);
};

const identityOf = (config: Config, { clock, logger }: Pick<Deps, 'clock' | 'logger'>): Identity => {
  const { JWT_ISSUER, JWT_PUBLIC_KEY_FILE, JWT_AUDIENCE = '', JWT_ROLES_CLAIM, JWT_TYP } = config;
  return jwtIdentity({
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
};

const organisationsOf = (config: Config) => {
  const { ORGANISATION_ROLES: roles, JWT_ORGANISATION_CLAIM, JWT_USER_CLAIM } = config;
  if (roles === undefined) return {};
  const claims = { organisationClaim: JWT_ORGANISATION_CLAIM, userClaim: JWT_USER_CLAIM };
  return { organisations: { ...claims, roles } };
};
