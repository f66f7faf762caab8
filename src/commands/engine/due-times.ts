import TinyQueue from 'tinyqueue';

type Entry = { readonly key: string; readonly at: number };

/** One time per key, the earliest first. Replaced and removed times stay in the heap and are dropped on the way. */
export const createDueTimes = () => {
  const times = new Map<string, number>();
  const heap = new TinyQueue<Entry>([], (a, b) => a.at - b.at);

  const earliest = (): Entry | undefined => {
    let next = heap.peek();
    while (next !== undefined && times.get(next.key) !== next.at) {
      heap.pop();
      next = heap.peek();
    }
    return next;
  };

  return {
    set: (key: string, at: number): void => {
      if (times.get(key) === at) return;
      times.set(key, at);
      heap.push({ key, at });
    },
    remove: (key: string): void => void times.delete(key),
    clear: (): void => {
      times.clear();
    },
    size: (): number => times.size,
    earliest,
    /** Takes the earliest key whose time has come. */
    takeDue: (now: number): string | undefined => {
      const next = earliest();
      if (next === undefined || next.at > now) return undefined;
      times.delete(next.key);
      return next.key;
    },
  };
};
