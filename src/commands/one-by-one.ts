import type { Soon } from '../infra/clock/port.ts';

/** One after the other, in order; at once as long as none has to be waited for. */
export const oneByOne = <Item>(items: readonly Item[], act: (item: Item) => Soon<unknown>): Soon<void> => {
  let at = 0;
  for (const item of items) {
    at += 1;
    const acted = act(item);
    if (acted instanceof Promise) return acted.then(() => oneByOne(items.slice(at), act));
  }
};

/** Side by side; at once as long as none has to be waited for. What fails is never left behind unheard. */
export const sideBySide = <Item, Value>(
  items: readonly Item[],
  make: (item: Item) => Soon<Value>,
): Soon<readonly Value[]> => {
  const made: Value[] = [];
  for (const item of items) {
    const value = make(item);
    if (value instanceof Promise) {
      const others = items.slice(made.length + 1).map(async (other) => make(other));
      return Promise.all([...made, value, ...others]);
    }
    made.push(value);
  }
  return made;
};
