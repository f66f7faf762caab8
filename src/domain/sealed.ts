import { z } from 'zod';

/** Ciphertext as it stands in an event: `<format>.<keyId>.<base64url of iv, ciphertext and tag>`. */
export const sealed = z
  .string()
  .regex(/^1\.[A-Za-z0-9-]{1,40}\.[A-Za-z0-9_-]+$/)
  .brand<'Sealed'>();
export type Sealed = z.infer<typeof sealed>;

const KEY_ID = /^[A-Za-z0-9-]{1,40}$/;

/** Names one subject's data key (a run, an instance); the key itself never leaves the `keys` port. */
export const keyId = z.string().regex(KEY_ID).brand<'KeyId'>();
export type KeyId = z.infer<typeof keyId>;
export const isKeyId = (text: string): text is KeyId => KEY_ID.test(text);
