import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { messageOf, usageError } from '../errors.ts';
import { writeKeyPair } from '../key-pair.ts';
import type { KeyPairFiles } from '../key-pair.ts';

export const KEY_ALGORITHMS = ['EdDSA', 'ES256'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

export type KeyFiles = KeyPairFiles & { readonly algorithm: KeyAlgorithm };

/**
 * Makes a pair of keys in a directory: the private one signs tokens, the other is what a server's JWT_PUBLIC_KEY_FILE
 * names. @throws CliError where there is one already: tokens may rest on it.
 */
export const makeKey = (directory: string, algorithm: KeyAlgorithm): KeyFiles => {
  const pair =
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return { algorithm, ...writeKeyPair(directory, 'token-key', pair) };
};

export type SigningKey = { readonly key: KeyObject; readonly algorithm: KeyAlgorithm };

/** @throws CliError for what is no private key that `makeKey` could have made. */
export const readSigningKey = (path: string): SigningKey => {
  const key = privateKeyIn(path);
  if (key.asymmetricKeyType === 'ed25519') return { key, algorithm: 'EdDSA' };
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return { key, algorithm: 'ES256' };
  throw usageError(`${path} holds neither an Ed25519 nor a P-256 key`);
};

const privateKeyIn = (path: string): KeyObject => {
  try {
    return createPrivateKey(readFileSync(path, 'utf8'));
  } catch (error) {
    throw usageError(`no private key in ${path}: ${messageOf(error)}`);
  }
};
