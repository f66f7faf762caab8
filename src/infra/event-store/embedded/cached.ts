const KEPT = 20_000;

export type Cached<Value> = {
  /** The value of a number, loaded when it is first asked for. */
  readonly of: (id: number) => Value;
  readonly has: (id: number) => boolean;
  readonly learn: (id: number, value: Value) => void;
};

/** Values by number. Forgets everything once it is full: cheaper than to know what was used last. */
export const cached = <Value>(load: (id: number) => Value): Cached<Value> => {
  const known = new Map<number, Value>();
  const learn = (id: number, value: Value): void => {
    if (known.size >= KEPT) known.clear();
    known.set(id, value);
  };
  return {
    learn,
    of: (id) => {
      const found = known.get(id);
      if (found !== undefined) return found;
      const value = load(id);
      learn(id, value);
      return value;
    },
    has: (id) => known.has(id),
  };
};
