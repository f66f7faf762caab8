import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomFillSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyId as keyIdText, sealed as sealedText } from '../../domain/sealed.ts';
import type { KeyId, Sealed } from '../../domain/sealed.ts';

export const KEY_BYTES = 32;
export const SUB_KEYS_BYTES = 2 * KEY_BYTES;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX_BYTES = 4;
const FORMAT = '1';

/** What a data key is used through: 32 bytes to encrypt with, then 32 bytes to fingerprint with. */
export type SubKeys = Uint8Array;

/** The ciphertext, its key or its context is not what was sealed. */
export class CiphertextAltered extends Error {
  override readonly name = 'CiphertextAltered';
}

/** HKDF-SHA-256, so that a fingerprint says nothing about the key that encrypts. */
export const deriveSubKeys = (dataKey: Uint8Array): SubKeys =>
  new Uint8Array(
    hkdfSync('sha256', createSecretKey(dataKey), new Uint8Array(0), 'skald data key 1', SUB_KEYS_BYTES),
  );

/** A key as an object, made once: from bytes, the engine would make it anew for every message. */
const objectsIn = (of: (subKeys: SubKeys) => Uint8Array): ((subKeys: SubKeys) => KeyObject) => {
  const objects = new WeakMap<SubKeys, KeyObject>();
  return (subKeys) => {
    const made = objects.get(subKeys) ?? createSecretKey(of(subKeys));
    objects.set(subKeys, made);
    return made;
  };
};

const encryptionKeyIn = objectsIn((subKeys) => subKeys.subarray(0, KEY_BYTES));
const fingerprintKeyIn = objectsIn((subKeys) => subKeys.subarray(KEY_BYTES));

/** AES-256-GCM under a random 96-bit IV; key id and context are bound as additional data. */
export const sealWith = (
  key: { id: KeyId; subKeys: SubKeys },
  context: string,
  plain: Uint8Array,
): Sealed => {
  const box = encrypt(encryptionKeyIn(key.subKeys), boundTo(key.id, context), plain);
  return sealedText.parse(`${FORMAT}.${key.id}.${box.toString('base64url')}`);
};

/** @throws CiphertextAltered unless exactly this text was sealed under this key and context. */
export const openWith = (subKeys: SubKeys, sealed: Sealed, context: string): Uint8Array => {
  const { id, body } = partsOf(sealed);
  const box = Buffer.from(body, 'base64url');
  // The last character has spare bits: without this check several texts would open.
  if (box.toString('base64url') !== body) throw new CiphertextAltered('not canonical base64url');
  return decrypt(encryptionKeyIn(subKeys), boundTo(id, context), box);
};

export const fingerprintWith = (subKeys: SubKeys, bytes: Uint8Array): string =>
  createHmac('sha256', fingerprintKeyIn(subKeys)).update(bytes).digest('hex');

/** @throws CiphertextAltered for a text that no version of Skald has sealed. */
export const keyIdOf = (sealed: Sealed): KeyId => partsOf(sealed).id;

/** IV, ciphertext and tag in one piece. */
export const encrypt = (key: Uint8Array | KeyObject, bound: Uint8Array, plain: Uint8Array): Buffer => {
  const iv = freshIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

// Drawn in bulk: each draw is a call into the system's generator.
const ivs = Buffer.alloc(512 * IV_BYTES);
let ivsUsed = ivs.length;

/** To be used before the next one is asked for. */
const freshIv = (): Uint8Array => {
  if (ivsUsed === ivs.length) {
    randomFillSync(ivs);
    ivsUsed = 0;
  }
  ivsUsed += IV_BYTES;
  return ivs.subarray(ivsUsed - IV_BYTES, ivsUsed);
};

/** @throws CiphertextAltered */
export const decrypt = (key: Uint8Array | KeyObject, bound: Uint8Array, box: Uint8Array): Uint8Array => {
  if (box.length < IV_BYTES + TAG_BYTES) throw new CiphertextAltered('too short');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(bound).setAuthTag(box.subarray(box.length - TAG_BYTES));
  const plain = decipher.update(box.subarray(IV_BYTES, box.length - TAG_BYTES));
  try {
    return new Uint8Array(Buffer.concat([plain, decipher.final()]));
  } catch (cause) {
    throw new CiphertextAltered('authentication failed', { cause });
  }
};

/** Length-prefixed, so that no two lists of parts give the same bytes. */
export const boundTo = (...parts: readonly string[]): Uint8Array => {
  const bytes = Buffer.allocUnsafe(
    parts.reduce((sum, part) => sum + PREFIX_BYTES + Buffer.byteLength(part), 0),
  );
  let at = 0;
  for (const part of parts) {
    const length = bytes.write(part, at + PREFIX_BYTES);
    at = bytes.writeUInt32BE(length, at) + length;
  }
  return bytes;
};

const partsOf = (sealed: Sealed): { readonly id: KeyId; readonly body: string } => {
  const [format, id, body] = sealed.split('.');
  const parsed = keyIdText.safeParse(id);
  if (format !== FORMAT || !parsed.success || body === undefined) {
    throw new CiphertextAltered('not a sealed text of a known format');
  }
  return { id: parsed.data, body };
};
