import { fingerprintWith, keyIdOf } from './cipher.ts';
import type { KeyCache } from './key-cache.ts';
import { openUnder, sealUnder } from './key-in-use.ts';
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
    const sealed = await cache.withKey(id, (key) => sealUnder(key, id, context, plaintext));
    if (sealed === 'gone') throw new KeyGone(`key ${id} was destroyed or never existed`);
    return sealed;
  },
  open: async (sealed, context) => {
    const plaintext = await cache.withKey(keyIdOf(sealed), (key) => openUnder(key, sealed, context));
    return plaintext === 'gone' ? 'erased' : plaintext;
  },
  fingerprint: async (id, bytes) => {
    const fingerprint = await cache.withKey(id, ({ subKeys }) => fingerprintWith(subKeys, bytes));
    return fingerprint === 'gone' ? undefined : fingerprint;
  },
});
