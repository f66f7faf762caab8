import { categoryOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import type { Projection } from '../projection.ts';

/** An event as one document has to take it. `failure`: the projection could not even say whom it concerns. */
export type Concern = { readonly event: StoredEvent; readonly failure?: unknown };

/**
 * Names each document that events concern, in log order. Where `keysOf` throws, the event is parked under its
 * stream's name: a document of that id becomes blocked, so that nothing is lost in silence.
 */
export const eachConcern = (
  projection: Projection,
  events: readonly StoredEvent[],
  found: (id: string, concern: Concern) => void,
): void => {
  for (const event of events) {
    try {
      for (const id of keysOf(projection, event)) found(id, { event });
    } catch (failure) {
      found(event.stream, { event, failure });
    }
  }
};

/** The documents that events of the projection's categories concern, each with its events in log order. */
export const concernsOf = (
  projection: Projection,
  events: readonly StoredEvent[],
): ReadonlyMap<string, readonly Concern[]> => {
  const concerns = new Map<string, Concern[]>();
  eachConcern(projection, events, (id, concern) => {
    const known = concerns.get(id);
    if (known === undefined) concerns.set(id, [concern]);
    else known.push(concern);
  });
  return concerns;
};

const keysOf = (projection: Projection, event: StoredEvent): Iterable<string> => {
  const ids = projection.keysOf(event);
  for (const id of ids) if (!id.isWellFormed()) throw new TypeError('the id holds a lone surrogate');
  return ids.length > 1 ? new Set(ids) : ids;
};

/** Sorts events by their categories once; what it returns gives those of some of them, in log order. */
export const byCategory = (
  events: readonly StoredEvent[],
): ((categories: readonly string[]) => readonly StoredEvent[]) => {
  const groups = new Map<string, StoredEvent[]>();
  for (const event of events) {
    const category = categoryOf(event.stream);
    const group = groups.get(category);
    if (group === undefined) groups.set(category, [event]);
    else group.push(event);
  }
  return (categories) => {
    const [first, ...others] = categories.filter((category) => groups.has(category));
    if (first === undefined) return [];
    if (others.length === 0) return groups.get(first) ?? [];
    return events.filter((event) => categories.includes(categoryOf(event.stream)));
  };
};
