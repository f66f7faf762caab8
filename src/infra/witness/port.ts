import type { SignedCheckpoint } from '../../domain/checkpoint.ts';

/** Signs with a key that lives outside of what it vouches for. */
export type Signer = {
  /** SHA-256 of the public key as DER, hex. */
  readonly fingerprint: string;
  /** SubjectPublicKeyInfo, DER in base64. */
  readonly publicKey: string;
  /** Ed25519 over the UTF-8 bytes; base64. */
  readonly sign: (text: string) => string;
};

/**
 * A place outside the log where checkpoints are published. It may get the same one again. Where the signal aborts
 * it may give up.
 */
export type CheckpointOutlet = (checkpoint: SignedCheckpoint, signal: AbortSignal) => Promise<void>;
