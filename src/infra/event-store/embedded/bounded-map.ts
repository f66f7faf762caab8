/** A cache that forgets what was not asked for longest. */
export type BoundedMap<Key, Value> = {
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  readonly clear: () => void;
};

/** Holds at most `max` (≥ 1) entries. */
export const boundedMap = <Key, Value>(max: number): BoundedMap<Key, Value> => {
  const entries = new Map<Key, Value>();
  const touch = (key: Key, value: Value): void => {
    entries.delete(key);
    entries.set(key, value);
  };
  return {
    get: (key) => {
      const value = entries.get(key);
      if (value !== undefined) touch(key, value);
      return value;
    },
    set: (key, value) => {
      touch(key, value);
      if (entries.size > max) for (const oldest of entries.keys()) return void entries.delete(oldest);
    },
    clear: () => {
      entries.clear();
    },
  };
};
