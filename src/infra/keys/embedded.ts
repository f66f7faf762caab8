import { join } from 'node:path';
import { keyId } from '../../domain/sealed.ts';
import { SUB_KEYS_BYTES } from './cipher.ts';
import { keyCache } from './key-cache.ts';
import { keyPool } from './key-pool.ts';
import type { FreshKey } from './key-pool.ts';
import type { NewBlock } from './key-table.ts';
import { startKeyThread } from './key-thread.ts';
import type { Keys } from './port.ts';
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
  const { dataDir, masterKey, previous, onFailure = () => undefined } = options;
  const path = join(dataDir, 'keys.db');
  const thread = await startKeyThread({ path, masterKey, previous }, onFailure);
  const cache = keyCache(thread.load);
  const pool = keyPool(async () => freshKeys(await thread.makeBlock()));
  pool.fillInBackground();
  return {
    ...useOfKeys(cache, pool),
    secret: thread.secret,
    destroy: (keyIds) => cache.forget(keyIds, () => thread.destroy(keyIds)),
    close: async () => {
      await thread.close();
      pool.clear();
      cache.clear();
    },
  };
};

const freshKeys = (made: NewBlock): FreshKey[] => {
  const keys = made.keyIds.map((id, index) => ({
    keyId: keyId.parse(id),
    subKeys: made.subKeys.slice(index * SUB_KEYS_BYTES, (index + 1) * SUB_KEYS_BYTES),
  }));
  made.subKeys.fill(0);
  return keys;
};
