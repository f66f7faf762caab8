import { generateKeyPairSync } from 'node:crypto';
import { notMade } from '../errors.ts';
import { writeKeyPair } from '../key-pair.ts';
import { fingerprintOf } from './trusted-keys.ts';

export type SigningKeyFiles = {
  /** What a server's SIGNING_KEY_FILE names; only its owner can read it. */
  readonly privateKey: string;
  /** What auditors need. */
  readonly publicKey: string;
  readonly fingerprint: string;
};

/** Makes a pair of keys to sign checkpoints with. @throws CliError where there is one already: it is never replaced. */
export const makeSigningKey = (directory: string): SigningKeyFiles => {
  const pair = generateKeyPairSync('ed25519');
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  try {
    return { ...writeKeyPair(directory, 'signing-key', pair), fingerprint: fingerprintOf(der) };
  } catch (error) {
    throw notMade(`no key was made in ${directory}`, error);
  }
};
