import type { KeyObject } from 'node:crypto';
import type { KeyId, Sealed } from '../../domain/sealed.ts';
import { encryptionKeyOf, openWith, sealWith } from './cipher.ts';
import type { SubKeys } from './cipher.ts';

/** A data key with what the engine made of it, once, and what was sealed under it last. */
export type KeyInUse = {
  readonly subKeys: SubKeys;
  readonly encryption: KeyObject;
  last: LastSealed | undefined;
};

/** Most often the next to be opened, by the step that goes on with it. */
type LastSealed = { readonly sealed: Sealed; readonly context: string; readonly plain: Uint8Array };

// Of each key in use there may be one: this times their number is the most memory it takes.
const MOST_BYTES = 1024;

export const keyInUse = (subKeys: SubKeys): KeyInUse => ({
  subKeys,
  encryption: encryptionKeyOf(subKeys),
  last: undefined,
});

export const sealUnder = (key: KeyInUse, id: KeyId, context: string, plain: Uint8Array): Sealed => {
  const sealed = sealWith({ id, encryption: key.encryption }, context, plain);
  // A copy: the bytes that were given may be part of something larger, and may be written over.
  if (plain.length <= MOST_BYTES) key.last = { sealed, context, plain: new Uint8Array(plain) };
  return sealed;
};

/** From memory where exactly this was sealed last. @throws CiphertextAltered */
export const openUnder = (key: KeyInUse, sealed: Sealed, context: string): Uint8Array => {
  const { encryption, last } = key;
  return last?.sealed === sealed && last.context === context
    ? new Uint8Array(last.plain)
    : openWith(encryption, sealed, context);
};

/** Overwrites the key, and what was noted with it. */
export const wipe = (key: KeyInUse): void => {
  key.subKeys.fill(0);
  key.last?.plain.fill(0);
  key.last = undefined;
};
