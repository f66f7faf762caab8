import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomFillSync,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { isKeyId } from '../../domain/sealed.ts';
import type { KeyId, Sealed } from '../../domain/sealed.ts';

export const KEY_BYTES = 32;
export const SUB_KEYS_BYTES = 2 * KEY_BYTES;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const BOX_BYTES = IV_BYTES + TAG_BYTES;
const PREFIX_BYTES = 4;
const FORMAT = '1';

// Of the right form by the way it is made.
const madeHere = z.string().brand<'Sealed'>();

// The most bytes of UTF-8 for one UTF-16 unit.
const MOST_PER_UNIT = 3;
// Where bytes lie that are used at once: a buffer for each would be memory to find and to give back.
const bounds = Buffer.alloc(1024);
const boxes = Buffer.alloc(16 * 1024);

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

/** A key as an object: from bytes, the engine would make it anew for every message. */
export const encryptionKeyOf = (subKeys: SubKeys): KeyObject =>
  createSecretKey(subKeys.subarray(0, KEY_BYTES));

/** AES-256-GCM under a random 96-bit IV; key id and context are bound as additional data. */
export const sealWith = (
  key: { readonly id: KeyId; readonly encryption: KeyObject },
  context: string,
  plain: Uint8Array,
): Sealed => {
  const length = BOX_BYTES + plain.length;
  const room = length <= boxes.length ? boxes : Buffer.allocUnsafe(length);
  const box = encrypt(key.encryption, boundTo(key.id, context), plain, room);
  return madeHere.parse(`${FORMAT}.${key.id}.${box.toString('base64url', 0, length)}`);
};

/** @throws CiphertextAltered unless exactly this text was sealed under this key and context. */
export const openWith = (encryption: KeyObject, sealed: Sealed, context: string): Uint8Array => {
  const { id, body } = partsOf(sealed);
  const box = Buffer.from(body, 'base64url');
  // The last character has spare bits: without this check several texts would open.
  if (box.toString('base64url') !== body) throw new CiphertextAltered('not canonical base64url');
  return decrypt(encryption, boundTo(id, context), box);
};

export const fingerprintWith = (subKeys: SubKeys, bytes: Uint8Array): string =>
  createHmac('sha256', createSecretKey(subKeys.subarray(KEY_BYTES)))
    .update(bytes)
    .digest('hex');

/** @throws CiphertextAltered for a text that no version of Skald has sealed. */
export const keyIdOf = (sealed: Sealed): KeyId => partsOf(sealed).id;

/** IV, ciphertext and tag in one piece; written into `box` where that is given. */
export const encrypt = (
  key: Uint8Array | KeyObject,
  bound: Uint8Array,
  plain: Uint8Array,
  box = Buffer.allocUnsafe(BOX_BYTES + plain.length),
): Buffer => {
  const iv = freshIv();
  box.set(iv);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(bound);
  box.set(cipher.update(plain), IV_BYTES);
  // Nothing is left to come in this mode: this only makes the tag.
  cipher.final();
  box.set(cipher.getAuthTag(), IV_BYTES + plain.length);
  return box;
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
    // Nothing is left to come in this mode: this only compares the tag.
    decipher.final();
  } catch (cause) {
    throw new CiphertextAltered('authentication failed', { cause });
  }
  return new Uint8Array(plain);
};

/** Length-prefixed, so that no two lists of parts give the same bytes. To be used before the next ones are asked for. */
export const boundTo = (...parts: readonly string[]): Uint8Array => {
  let most = 0;
  for (const part of parts) most += PREFIX_BYTES + MOST_PER_UNIT * part.length;
  const bytes = most <= bounds.length ? bounds : Buffer.allocUnsafe(most);
  let at = 0;
  for (const part of parts) {
    const length = bytes.write(part, at + PREFIX_BYTES);
    at = bytes.writeUInt32BE(length, at) + length;
  }
  return bytes.subarray(0, at);
};

const partsOf = (sealed: Sealed): { readonly id: KeyId; readonly body: string } => {
  const [format, id, body] = sealed.split('.');
  if (format !== FORMAT || id === undefined || !isKeyId(id) || body === undefined)
    throw new CiphertextAltered('not a sealed text of a known format');
  return { id, body };
};
