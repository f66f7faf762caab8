import { unlessLate } from '../../clock/port.ts';
import type { Clock } from '../../clock/port.ts';
import type { StoredEvent } from '../port.ts';

export type Expected = {
  /** The events in order, once all have come; undefined after `ms`. */
  readonly within: (ms: number) => Promise<readonly StoredEvent[] | undefined>;
  readonly cancel: () => void;
};

/** What this process appends comes back by its own subscription: that saves most appends from reading it again. */
export type Arrivals = {
  readonly expect: (stream: string, first: number, count: number) => Expected;
  readonly note: (event: StoredEvent) => void;
};

export const arrivals = (clock: Pick<Clock, 'schedule'>): Arrivals => {
  const expected = new Map<string, Set<(event: StoredEvent) => void>>();
  return {
    expect: (stream, first, count) => {
      const ofStream = expected.get(stream) ?? new Set();
      const all = Promise.withResolvers<readonly StoredEvent[]>();
      const events: StoredEvent[] = [];
      const take = (event: StoredEvent): void => {
        if (event.revision !== first + events.length) return;
        events.push(event);
        if (events.length === count) all.resolve(events);
      };
      expected.set(stream, ofStream.add(take));
      return {
        within: (ms) => unlessLate(clock, ms, all.promise),
        cancel: () => {
          ofStream.delete(take);
          if (ofStream.size === 0) expected.delete(stream);
        },
      };
    },
    note: (event) => {
      for (const take of expected.get(event.stream) ?? []) take(event);
    },
  };
};
