import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { Clock } from '../clock/port.ts';

/** There are no keys that may still be relied on, and none could be fetched. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/**
 * Keys are used this long: ten minutes with the half one that an accepted token is remembered. From half of it on,
 * they are fetched again in the background.
 */
const FRESH_MS = 570_000;
/** Between two fetches, whatever tokens name unknown keys. */
const COOLDOWN_MS = 30_000;
/** The same while there are no keys to work with. */
const STARVED_COOLDOWN_MS = 5000;

type Deps = {
  readonly load: () => Promise<JSONWebKeySet>;
  readonly clock: Pick<Clock, 'now'>;
  /** A fetch failed. What is fresh is used on. */
  readonly onTrouble: (error: unknown) => void;
};

type Held = { readonly find: JWTVerifyGetKey; readonly since: number };

/**
 * Keys by a token's header, out of a set that is fetched when it is first needed, when it grows old, and when a
 * token names a key that is not in it. jose's own remote set has no discovery, no limit to failing fetches and
 * no clock of ours.
 */
export const keySet = (deps: Deps): JWTVerifyGetKey => {
  const keys = holder(deps);
  return async (header, token) => {
    await keys.refresh();
    try {
      return await keys.current()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await keys.lookAgain();
      return keys.current()(header, token);
    }
  };
};

const holder = ({ load, clock, onTrouble }: Deps) => {
  let held: Held | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let pending: Promise<void> | undefined;
  const age = (): number => (held === undefined ? Number.POSITIVE_INFINITY : clock.now() - held.since);
  const isRested = (): boolean =>
    clock.now() - triedAt >= (age() < FRESH_MS ? COOLDOWN_MS : STARVED_COOLDOWN_MS);
  const fetched = async (): Promise<void> => {
    triedAt = clock.now();
    try {
      held = { find: createLocalJWKSet(await load()), since: clock.now() };
      hasFailed = false;
    } catch (error) {
      hasFailed = true;
      onTrouble(error);
    }
    pending = undefined;
  };
  /** One fetch at a time; none where the last one was a moment ago. */
  const reload = async (): Promise<void> => {
    if (pending === undefined && isRested()) pending = fetched();
    await pending;
  };
  return {
    refresh: async (): Promise<void> => {
      if (age() >= FRESH_MS) await reload();
      else if (age() >= FRESH_MS / 2) void reload();
    },
    /** After it, a key that is not there does not exist: a fetch that failed leaves that open. */
    lookAgain: async (): Promise<void> => {
      await reload();
      if (hasFailed) throw new KeysUnavailable('an unknown key, and the keys cannot be fetched');
    },
    current: (): JWTVerifyGetKey => {
      if (held === undefined || age() >= FRESH_MS) throw new KeysUnavailable('there are no keys');
      return held.find;
    },
  };
};
