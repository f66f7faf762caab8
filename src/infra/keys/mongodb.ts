import type { Clock } from '../clock/port.ts';
import { atMost } from '../mongodb/at-most.ts';
import type { CallsInTurn } from '../mongodb/at-most.ts';
import { keyCache } from './key-cache.ts';
import { keyPool } from './key-pool.ts';
import { mongoKeyRows } from './mongodb-rows.ts';
import type { KeyRows } from './mongodb-rows.ts';
import { rotateRows } from './mongodb-rotation.ts';
import type { Keys } from './port.ts';
import { useOfKeys } from './use-keys.ts';
import { wrappingUnder } from './wrapping.ts';

export type MongoKeysOptions = {
  readonly connection: CallsInTurn;
  readonly clock: Clock;
  /** 32 bytes, the same in every process. */
  readonly masterKey: Uint8Array;
  /**
   * The one before it, 32 bytes: what is wrapped by it is wrapped anew before this resolves. No process may work with
   * the earlier one any more; a crash in between is gone on with.
   */
  readonly previous?: Uint8Array | undefined;
};

/**
 * How long a process goes on using a key that another one has destroyed, at most. Memory is rid of it within twice
 * as long.
 */
export const LONGEST_KEY_USE_MS = 10_000;

const AT_ONCE = 4;

/**
 * Keys in the collection `keys`, for any number of processes; the connection is not closed with them.
 * @throws WrongMasterKey when the collection was made under another one; MongoUnavailable, MongoRefused.
 */
export const mongoKeys = async ({
  connection,
  clock,
  masterKey,
  previous,
}: MongoKeysOptions): Promise<Keys> => {
  const wrapping = wrappingUnder(masterKey);
  const rows = mongoKeyRows(atMost(connection, { calls: AT_ONCE, clock }), wrapping);
  try {
    if (previous !== undefined) await rotateRows(connection, { previous, masterKey });
    await rows.assertMasterKey();
  } catch (error) {
    wrapping.clear();
    throw error;
  }
  let isClosed = false;
  const whileOpen = openOnly(rows, () => isClosed);
  const cache = keyCache(whileOpen.load, { maxMs: LONGEST_KEY_USE_MS, clock });
  const pool = keyPool(whileOpen.makeBlock);
  pool.fillInBackground();
  const stopDropping = every(clock, LONGEST_KEY_USE_MS, cache.dropOld);
  return {
    ...useOfKeys(cache, pool),
    secret: whileOpen.secret,
    destroy: (keyIds) => cache.forget(keyIds, () => whileOpen.destroy(keyIds)),
    close: () => {
      isClosed = true;
      stopDropping();
      pool.clear();
      cache.clear();
      wrapping.clear();
      return Promise.resolve();
    },
  };
};

/** The rows, until the port is closed: then the wrapping key is gone, and nothing may be wrapped under zeros. */
const openOnly = (rows: KeyRows, isClosed: () => boolean): Omit<KeyRows, 'assertMasterKey'> => {
  const answer = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isClosed()) throw new Error('the keys are closed');
    const result = await call();
    // What was under way when the port was closed is not handed on.
    if (isClosed()) throw new Error('the keys are closed');
    return result;
  };
  return {
    makeBlock: () => answer(rows.makeBlock),
    load: (keyId) => answer(() => rows.load(keyId)),
    secret: (name) => answer(() => rows.secret(name)),
    destroy: (keyIds) => answer(() => rows.destroy(keyIds)),
  };
};

const every = (clock: Clock, intervalMs: number, task: () => void): (() => void) => {
  const repeat = (): void => {
    task();
    cancel = clock.schedule(intervalMs, repeat);
  };
  let cancel = clock.schedule(intervalMs, repeat);
  return () => {
    cancel();
  };
};
