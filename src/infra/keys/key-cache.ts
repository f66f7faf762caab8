import { LRUCache } from 'lru-cache';
import type { KeyId } from '../../domain/sealed.ts';
import type { Clock } from '../clock/port.ts';
import type { SubKeys } from './cipher.ts';
import { keyInUse, wipe } from './key-in-use.ts';
import type { KeyInUse } from './key-in-use.ts';

export type KeyCache = {
  readonly add: (keyId: KeyId, subKeys: SubKeys) => void;
  /** Runs `use` with the key, and answers, at once where it is cached; `'gone'` when there is no such key. */
  readonly withKey: <T>(keyId: KeyId, use: (key: KeyInUse) => T) => T | 'gone' | Promise<T | 'gone'>;
  /** Runs `erase` and forgets the keys, also those being loaded meanwhile. */
  readonly forget: (keyIds: readonly KeyId[], erase: () => Promise<void>) => Promise<void>;
  /** Overwrites the keys that are too old to be used. */
  readonly dropOld: () => void;
  readonly clear: () => void;
};

/** How long a key may be used after it was asked for, in milliseconds: others may destroy it meanwhile. */
export type KeyAge = { readonly maxMs: number; readonly clock: Pick<Clock, 'now'> };

// About 4 MiB of keys and bookkeeping.
const MOST_KEYS = 16_384;

/** Keys in use, the least recently used overwritten and dropped first. Without `age` nobody else destroys keys. */
export const keyCache = (load: (keyId: KeyId) => Promise<SubKeys | undefined>, age?: KeyAge): KeyCache => {
  const cached = newCache(age);
  const loads = sharedLoads(async (keyId) => {
    const start = age?.clock.now();
    const subKeys = await load(keyId);
    // It is as old as the question: by the time of the answer it may be gone.
    if (subKeys) cached.set(keyId, keyInUse(subKeys), start === undefined ? {} : { start });
    return subKeys !== undefined;
  });
  const drop = (keyIds: readonly KeyId[]): void => {
    for (const keyId of keyIds) cached.delete(keyId);
  };
  // Used without a pause: a dropped key is destroyed or overwritten, and nothing may be sealed under it.
  const useLoaded = async <T>(keyId: KeyId, use: (key: KeyInUse) => T): Promise<T | 'gone'> => {
    for (;;) {
      if (!(await loads.run(keyId))) return 'gone';
      const key = cached.get(keyId);
      if (key) return use(key);
    }
  };
  return {
    add: (keyId, subKeys) => void cached.set(keyId, keyInUse(subKeys)),
    withKey: (keyId, use) => {
      const key = cached.get(keyId);
      return key ? use(key) : useLoaded(keyId, use);
    },
    forget: async (keyIds, erase) => {
      drop(keyIds);
      await erase();
      await loads.ended(keyIds);
      drop(keyIds);
    },
    dropOld: () => void cached.purgeStale(),
    clear: () => {
      cached.clear();
    },
  };
};

const newCache = (age: KeyAge | undefined): LRUCache<KeyId, KeyInUse> => {
  if (age === undefined) return new LRUCache({ max: MOST_KEYS, dispose: wipe });
  // Asks the clock each time: a cached time would let a key live longer.
  return new LRUCache({ max: MOST_KEYS, dispose: wipe, ttl: age.maxMs, ttlResolution: 0, perf: age.clock });
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
