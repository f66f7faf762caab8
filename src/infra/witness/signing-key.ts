import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
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
  if (isInside(resolve(file), resolve(dataDir)))
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

/** By name, and by where links lead. */
const isInside = (file: string, directory: string): boolean =>
  isBelow(file, directory) || isBelow(realOf(file), realOf(directory));

const isBelow = (file: string, directory: string): boolean => {
  const way = relative(directory, file);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

const realOf = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    return dirname(path) === path ? path : resolve(realOf(dirname(path)), relative(dirname(path), path));
  }
};
