// The edge with AUTH=jwt, and tokens it accepts.
import type { FastifyInstance } from 'fastify';
import { systemClock } from '../../src/infra/clock/system.ts';
import type { Clock } from '../../src/infra/clock/port.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';
import type { Auth } from '../../src/infra/http/auth.ts';
import { bearer } from '../../src/infra/http/bearer.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import type { ClaimRules } from '../../src/infra/identity/claims.ts';
import { jwtIdentity } from '../../src/infra/identity/jwt.ts';
import type { Role } from '../../src/infra/identity/port.ts';
import { AUDIENCE, claimsFor, signer } from '../support/tokens.ts';
import { edge, FLOW } from './edge.ts';

export const KEY = signer();
const clock = systemClock();

export const jwtAuth = (time: Pick<Clock, 'now'> = clock, rules: Omit<ClaimRules, 'rolesClaim'> = {}): Auth =>
  bearer(
    jwtIdentity({
      ...rules,
      audience: AUDIENCE,
      publicKeyPem: KEY.pem,
      clock: time,
      onTrouble: (error) => {
        throw error;
      },
    }),
  );

export const tokenFor = (subject: string, roles: readonly Role[], claims: object = {}): Promise<string> =>
  KEY.sign(claimsFor(subject, roles, { nowMs: clock.now(), ...claims }));

export const headersFor = async (subject: string, roles: readonly Role[], claims: object = {}) => ({
  authorization: `Bearer ${await tokenFor(subject, roles, claims)}`,
});

export const guardedEdge = (
  some: Partial<Handlers> = {},
  deps: Partial<AppDeps> = {},
): Promise<FastifyInstance> => edge(some, { auth: jwtAuth(), ...deps });

const PLACES: Readonly<Record<string, string>> = {
  flowId: FLOW,
  step: 'create',
  orchName: 'tenant',
  name: 'tenant',
  action: 'do',
  stream: `saga-${FLOW}`,
};

/** An address that a route answers to; a parameter is `x` where no other value is given. */
export const addressOf = (url: string, places: Readonly<Record<string, string>> = {}): string =>
  url.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => places[name] ?? PLACES[name] ?? 'x');

/** Every route, but for the files of the page that shows the description. */
export const routesOf = (app: FastifyInstance) =>
  app.routeTable.list().filter(({ url }) => !url.startsWith('/swagger-ui.html'));
