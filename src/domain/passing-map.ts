/** A Map for what is only there for a moment. It may be looked through while entries are deleted, not while one is set. */
export type PassingMap<Key, Value> = {
  readonly get: (key: Key) => Value | undefined;
  readonly has: (key: Key) => boolean;
  readonly set: (key: Key, value: Value) => void;
  readonly delete: (key: Key) => boolean;
  readonly clear: () => void;
  readonly size: () => number;
  /** In the order in which their keys were set first, as those of a Map. */
  readonly entries: () => Iterable<readonly [Key, Value]>;
  readonly keys: () => Iterable<Key>;
  readonly values: () => Iterable<Value>;
};

// So many more may have gone than are there: making it anew costs little then.
const SPARE = 256;

/**
 * For entries that come and go with each request, task or append, however many stay.
 *
 * V8 empties no table that a Map leaves behind when it makes room or is cleared, and puts the next one where the last
 * one was. Once a table has become old, all that are left behind are old garbage, which only a major collection finds.
 * Until then each minor one takes what was in it for alive, copies it and makes it old, with all it refers to. Here the
 * Map is made anew before it fills up with what was deleted, so that its table is young.
 */
export const passingMap = <Key, Value>(): PassingMap<Key, Value> => {
  let kept = new Map<Key, Value>();
  let gone = 0;
  return {
    get: (key) => kept.get(key),
    has: (key) => kept.has(key),
    set: (key, value) => {
      if (gone > kept.size + SPARE) {
        kept = new Map(kept);
        gone = 0;
      }
      kept.set(key, value);
    },
    delete: (key) => {
      const isGone = kept.delete(key);
      if (isGone) gone += 1;
      return isGone;
    },
    clear: () => {
      kept = new Map();
      gone = 0;
    },
    size: () => kept.size,
    entries: () => kept.entries(),
    keys: () => kept.keys(),
    values: () => kept.values(),
  };
};
