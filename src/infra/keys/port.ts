import type { KeyId, Sealed } from '../../domain/sealed.ts';
import type { Soon } from '../clock/port.ts';

/**
 * Data keys, one per subject. Keys are made durable before they are handed out, are wrapped by the master
 * key at rest, and never leave this port. AES-256-GCM; `context` is bound as additional data, so ciphertext
 * moved to another subject or field does not open. What is in memory is there at once; what cannot be done rejects:
 * nothing here throws at once.
 */
export type Keys = {
  /** A key never handed out before, already durable: taking it costs no disk write. */
  readonly reserve: () => Soon<KeyId>;
  /** @throws KeyGone when the key was destroyed or never existed. */
  readonly seal: (keyId: KeyId, context: string, plaintext: Uint8Array) => Soon<Sealed>;
  /** `'erased'` once the key is destroyed. @throws when the ciphertext or its context was altered. */
  readonly open: (sealed: Sealed, context: string) => Soon<Uint8Array | 'erased'>;
  /** HMAC-SHA-256 under the subject's key, hex: equal bodies give equal fingerprints, nobody else can guess. Undefined once the key is destroyed. */
  readonly fingerprint: (keyId: KeyId, bytes: Uint8Array) => Promise<string | undefined>;
  /** A durable 32-byte secret of the deployment, made on first use. */
  readonly secret: (name: string) => Promise<Uint8Array>;
  /** Afterwards nothing sealed under these keys can be opened, also not from the files left behind. */
  readonly destroy: (keyIds: readonly KeyId[]) => Promise<void>;
  readonly close: () => Promise<void>;
};

export class KeyGone extends Error {
  override readonly name = 'KeyGone';
}
