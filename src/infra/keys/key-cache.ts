import { LRUCache } from 'lru-cache';
import type { KeyId } from '../../domain/sealed.ts';
import type { SubKeys } from './cipher.ts';

export type KeyCache = {
  readonly add: (keyId: KeyId, subKeys: SubKeys) => void;
  /** Runs `use` with the key, at once where it is cached; `'gone'` when there is no such key. */
  readonly withKey: <T>(keyId: KeyId, use: (subKeys: SubKeys) => T) => Promise<T | 'gone'>;
  /** Runs `erase` and forgets the keys, also those being loaded meanwhile. */
  readonly forget: (keyIds: readonly KeyId[], erase: () => Promise<void>) => Promise<void>;
  readonly clear: () => void;
};

// About 4 MiB of keys and bookkeeping.
const MOST_KEYS = 16_384;

/** Keys in use, the least recently used overwritten and dropped first. */
export const keyCache = (load: (keyId: KeyId) => Promise<SubKeys | undefined>): KeyCache => {
  const cached = new LRUCache<KeyId, SubKeys>({ max: MOST_KEYS, dispose: (subKeys) => void subKeys.fill(0) });
  const loads = sharedLoads(async (keyId) => {
    const subKeys = await load(keyId);
    if (subKeys) cached.set(keyId, subKeys);
    return subKeys !== undefined;
  });
  const drop = (keyIds: readonly KeyId[]): void => {
    for (const keyId of keyIds) cached.delete(keyId);
  };
  return {
    add: (keyId, subKeys) => void cached.set(keyId, subKeys),
    withKey: async (keyId, use) => {
      for (;;) {
        // Used without a pause: a dropped key is zeros, and nothing may ever be sealed under zeros.
        const subKeys = cached.get(keyId);
        if (subKeys) return use(subKeys);
        if (!(await loads.run(keyId))) return 'gone';
      }
    },
    forget: async (keyIds, erase) => {
      drop(keyIds);
      await erase();
      await loads.ended(keyIds);
      drop(keyIds);
    },
    clear: () => {
      cached.clear();
    },
  };
};

type SharedLoads = {
  readonly run: (keyId: KeyId) => Promise<boolean>;
  readonly ended: (keyIds: readonly KeyId[]) => Promise<unknown>;
};

/** At most one load of a key at a time, whoever asks. */
const sharedLoads = (load: (keyId: KeyId) => Promise<boolean>): SharedLoads => {
  const running = new Map<KeyId, Promise<boolean>>();
  const start = async (keyId: KeyId): Promise<boolean> => {
    try {
      return await load(keyId);
    } finally {
      running.delete(keyId);
    }
  };
  return {
    run: (keyId) => {
      const loading = running.get(keyId) ?? start(keyId);
      running.set(keyId, loading);
      return loading;
    },
    ended: (keyIds) => Promise.allSettled(keyIds.flatMap((keyId) => running.get(keyId) ?? [])),
  };
};
