import { errors, jwtVerify } from 'jose';
import type { JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import type { Clock } from '../clock/port.ts';
import { principalOf } from './claims.ts';
import type { ClaimRules } from './claims.ts';
import { keySet, KeysUnavailable } from './key-set.ts';
import type { Identity, Verdict } from './port.ts';
import { keysOfIssuer } from './provider.ts';
import { publicKeyIn, publicKeyOf } from './public-key.ts';
import type { VerificationKey } from './public-key.ts';
import { remembering } from './remembering.ts';

export type JwtOptions = Omit<ClaimRules, 'rolesClaim'> & {
  /** `iss` that tokens must have; without a public key also where the keys are found. */
  readonly issuer?: string;
  /** The only key, in PEM; without it the keys are the issuer's. */
  readonly publicKeyPem?: string;
  /** The same in a file. */
  readonly publicKeyFile?: string;
  /** What `aud` must be or hold. */
  readonly audience: string;
  /** Name of the claim with the roles, or a path of names with dots; `roles` where not given. */
  readonly rolesClaim?: string;
  /** The `typ` that tokens must have, as `at+jwt`; not looked at where not given. */
  readonly typ?: string;
  readonly clock: Pick<Clock, 'now'>;
  /** What tokens' times are held against: the time as the machine has it now. The same as `clock` where not given. */
  readonly wall?: Pick<Clock, 'now'>;
  /** The issuer's keys could not be fetched. */
  readonly onTrouble: (error: unknown) => void;
  /** For each request to the issuer, in milliseconds. */
  readonly fetchTimeoutMs?: number;
};

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const TOLERANCE_S = 30;
const MAX_TOKEN_BYTES = 8192;
const FETCH_TIMEOUT_MS = 5000;

/**
 * Checks signed tokens (JWS). Keys come from the configured places only, whatever a token's header says; without
 * usable keys no token is taken.
 * @throws PublicKeyInvalid, or RangeError where there is neither an issuer nor a key.
 */
export const jwtIdentity = (options: JwtOptions): Identity => {
  const { find, algorithms } = keysFor(options);
  const rules = { ...options, rolesClaim: options.rolesClaim ?? 'roles' };
  const checking: Identity = {
    verify: async (token) => {
      if (token.length > MAX_TOKEN_BYTES) return refused('longer than 8 KiB');
      const now = (options.wall ?? options.clock).now();
      try {
        const { payload } = await jwtVerify(token, find, rulesOf(options, algorithms, now));
        const issuedBefore = Math.floor(now / 1000) + TOLERANCE_S;
        const principal = principalOf(payload, { ...rules, issuedBefore });
        if (principal === undefined) return refused('claims of another form');
        // Whoever waits for its end counts by the steady clock.
        const expiresAt = principal.expiresAt + options.clock.now() - now;
        return { kind: 'known', principal: { ...principal, expiresAt } };
      } catch (error) {
        return verdictOf(error);
      }
    },
  };
  return remembering(checking, options.clock);
};

type Keys = { readonly find: JWTVerifyGetKey; readonly algorithms: readonly string[] };

const keysFor = (options: JwtOptions): Keys => {
  const { issuer, publicKeyPem, publicKeyFile, clock, onTrouble, fetchTimeoutMs } = options;
  if (publicKeyPem !== undefined) return onlyKey(publicKeyOf(publicKeyPem));
  if (publicKeyFile !== undefined) return onlyKey(publicKeyIn(publicKeyFile));
  if (issuer === undefined) throw new RangeError('there is neither an issuer nor a public key');
  const load = () => keysOfIssuer(issuer, fetchTimeoutMs ?? FETCH_TIMEOUT_MS);
  return { find: keySet({ load, clock, onTrouble }), algorithms: ALGORITHMS };
};

const onlyKey = ({ key, algorithms }: VerificationKey): Keys => ({ find: () => key, algorithms });

// jose enforces none of these unless it is given.
const rulesOf = (
  { issuer, audience, typ }: JwtOptions,
  algorithms: readonly string[],
  now: number,
): JWTVerifyOptions => ({
  algorithms: [...algorithms],
  audience,
  requiredClaims: ['exp', 'sub', 'aud', ...(issuer === undefined ? [] : ['iss'])],
  clockTolerance: TOLERANCE_S,
  currentDate: new Date(now),
  ...(issuer === undefined ? {} : { issuer }),
  ...(typ === undefined ? {} : { typ }),
});

const refused = (why: string): Verdict => ({ kind: 'refused', why });

/** Whatever went wrong, the token was not checked: there is no way from here to being let in. */
const verdictOf = (error: unknown): Verdict => {
  if (error instanceof KeysUnavailable) return { kind: 'unavailable' };
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired)
    return refused(`${error.code}: ${error.claim}`);
  if (error instanceof errors.JOSEError) return refused(error.code);
  return refused(error instanceof Error ? error.name : 'unknown');
};
