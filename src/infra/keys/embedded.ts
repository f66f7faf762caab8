import { join } from 'node:path';
import { keyId } from '../../domain/sealed.ts';
import type { KeyId } from '../../domain/sealed.ts';
import { SUB_KEYS_BYTES } from './cipher.ts';
import { keyCache } from './key-cache.ts';
import type { KeyCache } from './key-cache.ts';
import { keyPool } from './key-pool.ts';
import type { FreshKey, KeyPool } from './key-pool.ts';
import { startKeyThread } from './key-thread.ts';
import type { KeyThread } from './key-thread.ts';
import type { Keys } from './port.ts';
import { block, maybeBytes, nothing, secretBytes } from './thread-messages.ts';
import { useOfKeys } from './use-keys.ts';

export type EmbeddedKeysOptions = {
  readonly dataDir: string;
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  /** The one before it, 32 bytes: what is wrapped by it is wrapped anew, all of it or, after a crash, nothing. */
  readonly previous?: Uint8Array | undefined;
  /** Told once when the disk under `keys.db` failed: every later call that needs it fails too. */
  readonly onFailure?: (error: Error) => void;
};

/**
 * Keys in `keys.db`, one process at a time. Files are touched in a thread of its own; sealing and opening
 * under a key in use happens at once. @throws WrongMasterKey when `keys.db` was made under another one.
 */
export const embeddedKeys = async (options: EmbeddedKeysOptions): Promise<Keys> => {
  const thread = startKeyThread(options.onFailure ?? (() => undefined));
  const path = join(options.dataDir, 'keys.db');
  try {
    const { masterKey, previous } = options;
    const earlier = previous === undefined ? {} : { previous };
    await thread.call({ call: 'open', path, masterKey, ...earlier }, nothing);
  } catch (error) {
    await thread.close();
    throw error;
  }
  const cache = keyCache((id) => thread.call({ call: 'load', keyId: id }, maybeBytes));
  const pool = keyPool(async () => freshKeys(await thread.call({ call: 'makeBlock' }, block)));
  pool.fillInBackground();
  return { ...useOfKeys(cache, pool), ...careOf(thread, cache, pool) };
};

const careOf = (
  thread: KeyThread,
  cache: KeyCache,
  pool: KeyPool,
): Pick<Keys, 'secret' | 'destroy' | 'close'> => ({
  secret: (name) => thread.call({ call: 'secret', name }, secretBytes),
  destroy: (keyIds: readonly KeyId[]) =>
    cache.forget(keyIds, () => thread.call({ call: 'destroy', keyIds: [...keyIds] }, nothing)),
  close: async () => {
    await thread.close();
    pool.clear();
    cache.clear();
  },
});

const freshKeys = (made: {
  readonly keyIds: readonly string[];
  readonly subKeys: Uint8Array;
}): FreshKey[] => {
  const keys = made.keyIds.map((id, index) => ({
    keyId: keyId.parse(id),
    subKeys: made.subKeys.slice(index * SUB_KEYS_BYTES, (index + 1) * SUB_KEYS_BYTES),
  }));
  made.subKeys.fill(0);
  return keys;
};
