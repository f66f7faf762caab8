import type { Sealed } from '../../domain/sealed.ts';
import type { SubKeys } from './cipher.ts';

type LastSealed = { readonly sealed: Sealed; readonly context: string; readonly plain: Uint8Array };

// Of each key in use there may be one: this times their number is the most memory it takes.
const MOST_BYTES = 1024;

/** With each key what was sealed under it last: most often the next to be opened, by the step that goes on with it. */
const last = new WeakMap<SubKeys, LastSealed>();

export const noteSealed = (subKeys: SubKeys, { sealed, context, plain }: LastSealed): void => {
  // A copy: the bytes that were given may be part of something larger, and may be written over.
  if (plain.length <= MOST_BYTES) last.set(subKeys, { sealed, context, plain: new Uint8Array(plain) });
};

/** The plaintext, where exactly this was sealed last under the key and in the context. */
export const justSealed = (subKeys: SubKeys, sealed: Sealed, context: string): Uint8Array | undefined => {
  const known = last.get(subKeys);
  if (known?.sealed !== sealed || known.context !== context) return undefined;
  return new Uint8Array(known.plain);
};

/** Overwrites the key, and what was noted with it. */
export const wipe = (subKeys: SubKeys): void => {
  subKeys.fill(0);
  last.get(subKeys)?.plain.fill(0);
  last.delete(subKeys);
};
