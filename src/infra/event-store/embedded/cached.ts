const KEPT = 20_000;

/**
 * Values by number, each loaded when it is first asked for. Forgets everything once it is full: cheaper than to know
 * what was used last.
 */
export const cached = <Value>(load: (id: number) => Value): ((id: number) => Value) => {
  const known = new Map<number, Value>();
  return (id) => {
    const found = known.get(id);
    if (found !== undefined) return found;
    if (known.size >= KEPT) known.clear();
    const value = load(id);
    known.set(id, value);
    return value;
  };
};
