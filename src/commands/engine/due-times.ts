import TinyQueue from 'tinyqueue';

type Entry = { readonly key: string; readonly at: number };

const byTime = (a: Entry, b: Entry): number => a.at - b.at;

// A heap with fewer entries than this is not worth making anew.
const SMALLEST_RENEWED = 1000;

/**
 * One time per key, the earliest first. Replaced and removed times stay in the heap and are dropped on the way, or where
 * there are more of them than of others.
 */
export const createDueTimes = () => {
  const times = new Map<string, number>();
  let heap = new TinyQueue<Entry>([], byTime);

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
      if (heap.length > Math.max(SMALLEST_RENEWED, 2 * times.size)) heap = heapOf(times);
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

const heapOf = (times: ReadonlyMap<string, number>): TinyQueue<Entry> =>
  new TinyQueue(
    Array.from(times, ([key, at]) => ({ key, at })),
    byTime,
  );
