import { passingMap } from '../../domain/passing-map.ts';
import type { Clock } from '../clock/port.ts';

/** What has to end in time. */
export type Limits<Item extends object> = {
  readonly begin: (item: Item, withinMs: number) => void;
  readonly end: (item: Item) => void;
  /** Nothing is too late any more. */
  readonly close: () => void;
};

/**
 * Calls `onLate` with each item that has not ended within its time, once. One timer for all that have as long, set when
 * there was none: each request has a limit, and hardly any reaches it.
 */
export const createLimits = <Item extends object>(
  clock: Pick<Clock, 'now' | 'schedule'>,
  onLate: (item: Item) => void,
): Limits<Item> => {
  const lines = new Map<number, Line<Item>>();
  const lineFor = (withinMs: number): Line<Item> => {
    const line = lines.get(withinMs) ?? createLine(clock, withinMs, onLate);
    lines.set(withinMs, line);
    return line;
  };
  return {
    begin: (item, withinMs) => lineFor(withinMs).begin(item),
    end: (item) => {
      for (const line of lines.values()) if (line.end(item)) return;
    },
    close: () => {
      for (const line of lines.values()) line.close();
    },
  };
};

/** Looked for anew each time: whoever is late may begin or end others. */
const first = <Entry>([entry]: Iterable<Entry>): Entry | undefined => entry;

type Line<Item> = ReturnType<typeof createLine<Item>>;

/** Items with the same time: who began first is due first. */
const createLine = <Item>(
  { now, schedule }: Pick<Clock, 'now' | 'schedule'>,
  withinMs: number,
  onLate: (item: Item) => void,
) => {
  const due = passingMap<Item, number>();
  let stopTimer: (() => void) | undefined;
  const look = (): void => {
    stopTimer = undefined;
    for (let next = first(due.entries()); next !== undefined; next = first(due.entries())) {
      const [item, at] = next;
      const leftMs = at - now();
      if (leftMs > 0) {
        stopTimer = schedule(leftMs, look);
        return;
      }
      due.delete(item);
      onLate(item);
    }
  };
  return {
    begin: (item: Item): void => {
      due.set(item, now() + withinMs);
      stopTimer ??= schedule(withinMs, look);
    },
    end: (item: Item): boolean => due.delete(item),
    close: (): void => {
      due.clear();
      stopTimer?.();
    },
  };
};
