import { generateKeyPairSync } from 'node:crypto';
import { writeKeyPair } from '../key-pair.ts';
import type { KeyPairFiles } from '../key-pair.ts';
import { fingerprintOf } from './trusted-keys.ts';

/**
 * Makes a pair of keys to sign checkpoints with: the private one is what a server's SIGNING_KEY_FILE names, the other is
 * for auditors. @throws CliError where there is one already
 */
export const makeSigningKey = (directory: string): KeyPairFiles & { readonly fingerprint: string } => {
  const pair = generateKeyPairSync('ed25519');
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  return { ...writeKeyPair(directory, 'signing-key', pair), fingerprint: fingerprintOf(der) };
};
