import type { z } from 'zod';
import type { KeyId, Sealed } from '../../domain/sealed.ts';
import { KeyGone } from '../../infra/keys/port.ts';
import type { Keys } from '../../infra/keys/port.ts';

/** Where a value is sealed: under whose key, and for what. */
export type SealPlace = { readonly keyId: KeyId; readonly context: string };

/** Null once the key is destroyed: news of what was erased is kept without what it says. */
export const sealUnlessErased = async (
  keys: Pick<Keys, 'seal'>,
  { keyId, context }: SealPlace,
  bytes: Uint8Array,
): Promise<Sealed | null> => {
  try {
    return await keys.seal(keyId, context, bytes);
  } catch (error) {
    if (error instanceof KeyGone) return null;
    throw error;
  }
};

/** Sealed JSON in the clear, `'erased'` once its key is destroyed. @throws where it was altered. */
export const openJson = async <Schema extends z.ZodType>(
  keys: Pick<Keys, 'open'>,
  sealed: Sealed,
  { context, schema }: { readonly context: string; readonly schema: Schema },
): Promise<z.output<Schema> | 'erased'> => {
  const bytes = await keys.open(sealed, context);
  return bytes === 'erased' ? bytes : schema.parse(JSON.parse(Buffer.from(bytes).toString()));
};
