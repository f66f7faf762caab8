import { fingerprintWith, keyIdOf, openWith, sealWith } from './cipher.ts';
import { justSealed, noteSealed } from './just-sealed.ts';
import type { KeyCache } from './key-cache.ts';
import type { KeyPool } from './key-pool.ts';
import { KeyGone } from './port.ts';
import type { Keys } from './port.ts';

/** Sealing, opening and fingerprints, whatever store the keys come from. */
export const useOfKeys = (
  cache: Pick<KeyCache, 'add' | 'withKey'>,
  pool: Pick<KeyPool, 'take'>,
): Pick<Keys, 'reserve' | 'seal' | 'open' | 'fingerprint'> => ({
  reserve: async () => {
    const fresh = await pool.take();
    cache.add(fresh.keyId, fresh.subKeys);
    return fresh.keyId;
  },
  seal: async (id, context, plaintext) => {
    const sealed = await cache.withKey(id, (subKeys) => {
      const made = sealWith({ id, subKeys }, context, plaintext);
      noteSealed(subKeys, { sealed: made, context, plain: plaintext });
      return made;
    });
    if (sealed === 'gone') throw new KeyGone(`key ${id} was destroyed or never existed`);
    return sealed;
  },
  open: async (sealed, context) => {
    const plaintext = await cache.withKey(
      keyIdOf(sealed),
      (subKeys) => justSealed(subKeys, sealed, context) ?? openWith(subKeys, sealed, context),
    );
    return plaintext === 'gone' ? 'erased' : plaintext;
  },
  fingerprint: async (id, bytes) => {
    const fingerprint = await cache.withKey(id, (subKeys) => fingerprintWith(subKeys, bytes));
    return fingerprint === 'gone' ? undefined : fingerprint;
  },
});
