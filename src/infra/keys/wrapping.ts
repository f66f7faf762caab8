import { createSecretKey, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { boundTo, CiphertextAltered, decrypt, deriveSubKeys, encrypt, KEY_BYTES } from './cipher.ts';
import type { SubKeys } from './cipher.ts';

export class WrongMasterKey extends Error {
  override readonly name = 'WrongMasterKey';
}

/** How keys and secrets are kept: under the master key, each bound to its own name. */
export type Wrapping = {
  /** Tells one master key from another and nothing else about it. */
  readonly proof: Uint8Array;
  /** Whether the proof is that of this master key. */
  readonly isProof: (stored: Uint8Array) => boolean;
  /** @throws WrongMasterKey when the proof is that of another master key. `store` names what was made under it. */
  readonly assertProof: (stored: Uint8Array, store: string) => void;
  readonly freshKey: (keyId: string) => { readonly wrapped: Uint8Array; readonly subKeys: SubKeys };
  /** @throws CiphertextAltered unless this was wrapped under this name. */
  readonly unwrapKey: (keyId: string, wrapped: Uint8Array) => SubKeys;
  readonly freshSecret: (name: string) => Uint8Array;
  /** @throws CiphertextAltered unless this was wrapped under this name. */
  readonly unwrapSecret: (name: string, wrapped: Uint8Array) => Uint8Array;
  /** Overwrites what was derived from the master key. */
  readonly clear: () => void;
};

/** @param masterKey 32 bytes */
export const wrappingUnder = (masterKey: Uint8Array): Wrapping => {
  const proof = subKey(masterKey, 'proof');
  const wrapping = subKey(masterKey, 'wrap');
  // From bytes, the engine would make it anew for every key.
  const under = createSecretKey(wrapping);
  const isProof = (stored: Uint8Array): boolean =>
    stored.length === proof.length && timingSafeEqual(stored, proof);
  return {
    ...{ proof, isProof },
    assertProof: (stored, store) => {
      if (isProof(stored)) return;
      throw new WrongMasterKey(`${store} was made under another master key: set the one it was made with`);
    },
    freshKey: (keyId) => {
      const dataKey = randomBytes(KEY_BYTES);
      const wrapped = encrypt(under, boundTo('key', keyId), dataKey);
      return { wrapped, subKeys: subKeysOf(dataKey) };
    },
    unwrapKey: (keyId, wrapped) => subKeysOf(decrypt(under, boundTo('key', keyId), wrapped)),
    freshSecret: (name) => encrypt(under, boundTo('secret', name), randomBytes(KEY_BYTES)),
    unwrapSecret: (name, wrapped) => decrypt(under, boundTo('secret', name), wrapped),
    clear: () => void wrapping.fill(0),
  };
};

const subKeysOf = (dataKey: Uint8Array): SubKeys => {
  const subKeys = deriveSubKeys(dataKey);
  dataKey.fill(0);
  return subKeys;
};

const subKey = (masterKey: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(
    hkdfSync('sha256', masterKey, new Uint8Array(0), `skald master key 1 ${purpose}`, KEY_BYTES),
  );

/** What was wrapped under one master key, under another one; what is wrapped under that already stays as it is. */
export type Rewrapping = {
  /** @throws CiphertextAltered unless this was wrapped under this name, by either of them. */
  readonly key: (keyId: string, wrapped: Uint8Array) => Uint8Array;
  readonly secret: (name: string, wrapped: Uint8Array) => Uint8Array;
  readonly clear: () => void;
};

/** Both 32 bytes. */
export const rewrapping = (previous: Uint8Array, masterKey: Uint8Array): Rewrapping => {
  const [from, to] = [subKey(previous, 'wrap'), subKey(masterKey, 'wrap')];
  const moved = (bound: Uint8Array, wrapped: Uint8Array): Uint8Array => {
    const plain = opened(from, bound, wrapped);
    if (plain === undefined) {
      decrypt(to, bound, wrapped).fill(0);
      return wrapped;
    }
    const again = encrypt(to, bound, plain);
    plain.fill(0);
    return again;
  };
  return {
    key: (keyId, wrapped) => moved(boundTo('key', keyId), wrapped),
    secret: (name, wrapped) => moved(boundTo('secret', name), wrapped),
    clear: () => {
      from.fill(0);
      to.fill(0);
    },
  };
};

const opened = (key: Uint8Array, bound: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined => {
  try {
    return decrypt(key, bound, wrapped);
  } catch (error) {
    if (error instanceof CiphertextAltered) return undefined;
    throw error;
  }
};
