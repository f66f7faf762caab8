import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isInside } from '../disk/is-inside.ts';
import type { Signer } from './port.ts';

/** The settings do not name a key that checkpoints can be signed with (exit code 78). */
class SigningKeyInvalid extends Error {
  override readonly name = 'SigningKeyInvalid';
}

type Options = {
  /** PEM, PKCS#8, Ed25519. */
  readonly file: string;
  /** Whoever can change the log must not find the key beside it. */
  readonly dataDir: string;
};

/** Reads the key that checkpoints are signed with. @throws SigningKeyInvalid */
export const signingKey = ({ file, dataDir }: Options): Signer => {
  if (isInside(file, dataDir))
    throw new SigningKeyInvalid(`SIGNING_KEY_FILE must be outside DATA_DIR: ${file}`);
  const key = privateKeyIn(file);
  const der = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    fingerprint: createHash('sha256').update(der).digest('hex'),
    publicKey: der.toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), key).toString('base64'),
  };
};

const privateKeyIn = (file: string): KeyObject => {
  try {
    const key = createPrivateKey(readFileSync(file, 'utf8'));
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Why it cannot be read may hold parts of it.
  }
  throw new SigningKeyInvalid(`SIGNING_KEY_FILE is not a readable Ed25519 key (PEM, PKCS#8): ${file}`);
};
