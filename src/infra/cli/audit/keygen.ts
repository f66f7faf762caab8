import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
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
  const privateKey = join(directory, 'signing-key.pem');
  const publicKey = join(directory, 'signing-key.pub.pem');
  const der = pair.publicKey.export({ type: 'spki', format: 'der' });
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeNew(privateKey, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
    writeNew(publicKey, pair.publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(CLI_EXIT.conflict, `no key was made in ${directory}: ${why}`);
  }
  return { privateKey, publicKey, fingerprint: fingerprintOf(der) };
};

const writeNew = (path: string, text: string | Buffer, mode: number): void => {
  writeFileSync(path, text, { flag: 'wx', mode });
};
