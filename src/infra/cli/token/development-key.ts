import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { notMade, usageError } from '../errors.ts';
import { writeKeyPair } from '../key-pair.ts';

export const KEY_ALGORITHMS = ['EdDSA', 'ES256'] as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

export type KeyFiles = {
  readonly algorithm: KeyAlgorithm;
  /** Signs tokens; only its owner can read it. */
  readonly privateKey: string;
  /** What a server's JWT_PUBLIC_KEY_FILE names. */
  readonly publicKey: string;
};

/** Makes a pair of keys in a directory. @throws CliError where there is one already: tokens may rest on it. */
export const makeKey = (directory: string, algorithm: KeyAlgorithm): KeyFiles => {
  const pair =
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  try {
    return { algorithm, ...writeKeyPair(directory, 'token-key', pair) };
  } catch (error) {
    throw notMade(`no key was made in ${directory}`, error);
  }
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

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
