import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { JWK, JWTHeaderParameters } from 'jose';
import type { Role } from '../../src/infra/identity/port.ts';

export const AUDIENCE = 'skald';

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

const PAIRS: Readonly<Record<string, () => Pair>> = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export type Signer = {
  readonly pem: string;
  readonly kid: string;
  readonly jwk: JWK;
  readonly privateKey: KeyObject;
  /** Signs these claims and no others. */
  readonly sign: (claims: object, header?: Partial<JWTHeaderParameters>) => Promise<string>;
};

/** A new key, and tokens signed with it. */
export const signer = (algorithm = 'EdDSA', kid = 'key-1'): Signer => {
  const pair = PAIRS[algorithm]?.();
  if (pair === undefined) throw new Error(`no key for ${algorithm}`);
  const { publicKey, privateKey } = pair;
  return {
    kid,
    privateKey,
    pem: String(publicKey.export({ type: 'spki', format: 'pem' })),
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' },
    sign: (claims, header) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: algorithm, kid, ...header }).sign(privateKey),
  };
};

/** What a good token says; `changes` with undefined leave a claim out. */
export const claimsFor = (
  subject: string,
  roles: readonly Role[],
  { nowMs, ...changes }: { readonly nowMs: number } & Readonly<Record<string, unknown>>,
): object => {
  const now = Math.floor(nowMs / 1000);
  const claims: Record<string, unknown> = {
    sub: subject,
    roles,
    aud: AUDIENCE,
    iat: now,
    exp: now + 3600,
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
};
