import type { Position, StoredEvent } from '../port.ts';
import { laterOf } from './position.ts';

/** Where a subscriber stands in the tail: what came before `floor` in the log it has from elsewhere. */
export type Place = { readonly floor: Position; readonly next: number };

/** The newest events, in memory, in the order they were delivered: live subscribers need no call of their own. */
export type Tail = {
  /** Position of the newest event delivered. */
  readonly last: () => Position;
  /** Up to here the log was looked at: what is not delivered is not there. */
  readonly looked: (position: Position) => void;
  readonly lookedUpTo: () => Position;
  /** Delivers one event. It may stand before the last one in the log, where the server left it out at first. */
  readonly push: (event: StoredEvent, bytes: number) => void;
  /** Enters behind a position; undefined where events behind it were forgotten and must be read. */
  readonly enter: (position: Position) => Place | undefined;
  /** Up to `max` events and the place behind them; undefined where they were forgotten. */
  readonly take: (place: Place, max: number) => Taken | undefined;
  /** Resolves when there is more than the place has seen, or no more to come, or the signal aborts. */
  readonly beyond: (place: Place, signal: AbortSignal) => Promise<void>;
  /** For the time being nothing follows, and why; undefined takes it back. */
  readonly block: (reason: Error | undefined) => void;
  readonly blocked: () => Error | undefined;
  /** Nothing will follow. */
  readonly end: (reason: Error) => void;
  readonly ended: () => Error | undefined;
};

export type Taken = {
  readonly events: readonly StoredEvent[];
  readonly place: Place;
  readonly isAll: boolean;
};

export type TailBounds = { readonly maxBytes: number; readonly maxEvents: number };

type Entry = { readonly event: StoredEvent; readonly bytes: number };

export const tailFrom = (start: Position, bounds: TailBounds): Tail => {
  const wakers = wakersOf();
  const kept = entriesWithin(start, bounds);
  let last = start;
  let looked = start;
  let reason: Error | undefined;
  let trouble: Error | undefined;
  return {
    last: () => last,
    looked: (position) => void (looked = laterOf(looked, position)),
    lookedUpTo: () => laterOf(looked, last),
    push: (event, bytes) => {
      kept.add({ event, bytes });
      last = laterOf(last, event.position);
      wakers.wake();
    },
    enter: (floor) => (floor < kept.forgotten() ? undefined : { floor, next: kept.first() }),
    take: (place, max) => {
      const part = kept.from(place.next, max);
      if (part === undefined) return undefined;
      const events = part.map(({ event }) => event).filter(({ position }) => position > place.floor);
      const next = place.next + part.length;
      return { events, place: { ...place, next }, isAll: next === kept.end() };
    },
    beyond: async ({ next }, signal) => {
      const isOver = reason !== undefined || trouble !== undefined || signal.aborted;
      if (next >= kept.end() && !isOver) await wakers.next(signal);
    },
    block: (why) => {
      trouble = why;
      if (why !== undefined) wakers.wake();
    },
    blocked: () => trouble,
    end: (why) => {
      reason ??= why;
      wakers.wake();
    },
    ended: () => reason,
  };
};

/** The newest entries by number; the older half goes where they are too many or too large. */
const entriesWithin = (start: Position, { maxBytes, maxEvents }: TailBounds) => {
  let entries: Entry[] = [];
  let first = 0;
  let bytes = 0;
  let forgotten = start;
  const forget = (): void => {
    let count = 0;
    for (const entry of entries) {
      if (entries.length - count <= maxEvents / 2 && bytes <= maxBytes / 2) break;
      bytes -= entry.bytes;
      forgotten = laterOf(forgotten, entry.event.position);
      count += 1;
    }
    entries = entries.slice(count);
    first += count;
  };
  return {
    first: () => first,
    end: () => first + entries.length,
    /** The last position of what is no longer here. */
    forgotten: () => forgotten,
    add: (entry: Entry): void => {
      entries.push(entry);
      bytes += entry.bytes;
      if (entries.length > maxEvents || bytes > maxBytes) forget();
    },
    from: (number: number, max: number): readonly Entry[] | undefined =>
      number < first ? undefined : entries.slice(number - first, number - first + max),
  };
};

const wakersOf = () => {
  const wakers = new Set<() => void>();
  return {
    wake: (): void => {
      for (const waker of [...wakers]) waker();
    },
    /** Resolves at the next wake or abort, and leaves no listener behind. */
    next: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const done = (): void => {
          wakers.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        wakers.add(done);
        signal.addEventListener('abort', done);
      }),
  };
};
