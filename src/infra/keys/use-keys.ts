import type { KeyId, Sealed } from '../../domain/sealed.ts';
import { fingerprintWith, keyIdOf } from './cipher.ts';
import type { KeyCache } from './key-cache.ts';
import { openUnder, sealUnder } from './key-in-use.ts';
import type { FreshKey, KeyPool } from './key-pool.ts';
import { KeyGone } from './port.ts';
import type { Keys } from './port.ts';

/** Sealing, opening and fingerprints, whatever store the keys come from. */
export const useOfKeys = (
  cache: Pick<KeyCache, 'add' | 'withKey'>,
  pool: Pick<KeyPool, 'take'>,
): Pick<Keys, 'reserve' | 'seal' | 'open' | 'fingerprint'> => {
  const reserved = ({ keyId, subKeys }: FreshKey): KeyId => {
    cache.add(keyId, subKeys);
    return keyId;
  };
  return {
    reserve: () => {
      const fresh = pool.take();
      return fresh instanceof Promise ? fresh.then(reserved) : reserved(fresh);
    },
    seal: (id, context, plaintext) => {
      const sealed = cache.withKey(id, (key) => sealUnder(key, id, context, plaintext));
      return typeof sealed === 'string' && sealed !== 'gone' ? sealed : there(id, sealed);
    },
    open: (sealed, context) => {
      try {
        const opened = cache.withKey(keyIdOf(sealed), (key) => openUnder(key, sealed, context));
        return opened instanceof Uint8Array ? opened : orErased(opened);
      } catch (error) {
        if (error instanceof Error) return Promise.reject(error);
        throw error;
      }
    },
    fingerprint: async (id, bytes) => {
      const fingerprint = await cache.withKey(id, ({ subKeys }) => fingerprintWith(subKeys, bytes));
      return fingerprint === 'gone' ? undefined : fingerprint;
    },
  };
};

const there = async (id: KeyId, sealed: Sealed | 'gone' | Promise<Sealed | 'gone'>): Promise<Sealed> => {
  const found = await sealed;
  if (found === 'gone') throw new KeyGone(`key ${id} was destroyed or never existed`);
  return found;
};

const orErased = async (opened: 'gone' | Promise<Uint8Array | 'gone'>): Promise<Uint8Array | 'erased'> => {
  const plaintext = await opened;
  return plaintext === 'gone' ? 'erased' : plaintext;
};
