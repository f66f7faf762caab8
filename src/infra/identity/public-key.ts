import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The message names the setting to correct. */
class PublicKeyInvalid extends Error {
  override readonly name = 'PublicKeyInvalid';
}

const PEM = /^\s*-----BEGIN PUBLIC KEY-----/;
const MIN_RSA_BITS = 2048;

export type VerificationKey = {
  readonly key: KeyObject;
  /** What it can have signed with. */
  readonly algorithms: readonly string[];
};

/**
 * A public key in PEM (SPKI). A private key is refused although its public half could be taken from it: it does
 * not belong on this machine.
 * @throws PublicKeyInvalid
 */
export const publicKeyOf = (pem: string): VerificationKey => {
  if (!PEM.test(pem))
    throw new PublicKeyInvalid('JWT_PUBLIC_KEY_FILE must be a PEM file that begins with BEGIN PUBLIC KEY');
  const key = parsed(pem);
  const algorithms = algorithmsOf(key);
  if (algorithms === undefined)
    throw new PublicKeyInvalid(
      'JWT_PUBLIC_KEY_FILE must hold RSA of 2048 bits or more, EC on P-256, or Ed25519',
    );
  return { key, algorithms };
};

/** The same from a file. @throws PublicKeyInvalid */
export const publicKeyIn = (path: string): VerificationKey => {
  try {
    return publicKeyOf(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof PublicKeyInvalid) throw error;
    throw new PublicKeyInvalid(`JWT_PUBLIC_KEY_FILE cannot be read: ${path}`, { cause: error });
  }
};

const parsed = (pem: string): KeyObject => {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new PublicKeyInvalid('JWT_PUBLIC_KEY_FILE holds no public key in PEM', { cause: error });
  }
};

const algorithmsOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) => {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return ['ES256'];
  return asymmetricKeyType === 'rsa' ? rsaAlgorithms(asymmetricKeyDetails?.modulusLength) : undefined;
};

const rsaAlgorithms = (bits = 0) => (bits >= MIN_RSA_BITS ? ['RS256', 'PS256'] : undefined);
