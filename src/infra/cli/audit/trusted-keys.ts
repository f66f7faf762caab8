import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { textToSign } from '../../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import { usageError } from '../errors.ts';

/** Whose signatures count. */
export type TrustedKeys = {
  /** `given` by the auditor, or as the log itself `claims`: then the fingerprint must be compared by hand. */
  readonly source: 'given' | 'claimed';
  /** Why a signature does not count; undefined where it does. */
  readonly flawOf: (checkpoint: SignedCheckpoint) => string | undefined;
};

const PEM = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** Keys of a file with one or more public keys (PEM); without one, those that checkpoints name. @throws CliError */
export const trustedKeys = (file: string | undefined): TrustedKeys => {
  if (file === undefined) return { source: 'claimed', flawOf: (checkpoint) => flawWith(claimed, checkpoint) };
  const keys = new Map(keysIn(file).map((key) => [fingerprintOf(derOf(key)), key]));
  const given = ({ keyFingerprint }: SignedCheckpoint) => keys.get(keyFingerprint);
  return { source: 'given', flawOf: (checkpoint) => flawWith(given, checkpoint) };
};

const flawWith = (
  keyOf: (checkpoint: SignedCheckpoint) => KeyObject | undefined,
  checkpoint: SignedCheckpoint,
): string | undefined => {
  if (fingerprintOf(Buffer.from(checkpoint.publicKey, 'base64')) !== checkpoint.keyFingerprint)
    return 'its key is not the one of its fingerprint';
  const key = keyOf(checkpoint);
  if (key === undefined) return `it is signed with another key: ${checkpoint.keyFingerprint}`;
  const signature = Buffer.from(checkpoint.signature, 'base64');
  const isSigned = verify(null, Buffer.from(textToSign(checkpoint)), key, signature);
  return isSigned ? undefined : 'its signature does not match';
};

const claimed = ({ publicKey }: SignedCheckpoint): KeyObject | undefined => {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
};

const keysIn = (file: string): readonly KeyObject[] => {
  try {
    const keys = (readFileSync(file, 'utf8').match(PEM) ?? []).map((pem) => createPublicKey(pem));
    if (keys.length > 0 && keys.every((key) => key.asymmetricKeyType === 'ed25519')) return keys;
  } catch {
    // Said below, whatever the reason is.
  }
  throw usageError(`${file} holds no Ed25519 public key (PEM)`);
};

const derOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

export const fingerprintOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
