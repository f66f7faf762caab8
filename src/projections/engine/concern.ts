import type { StoredEvent } from '../../infra/event-store/port.ts';
import type { Projection } from '../projection.ts';

/** An event as one document has to take it. `failure`: the projection could not even say whom it concerns. */
export type Concern = { readonly event: StoredEvent; readonly failure?: unknown };

/**
 * The documents that events concern, each with its events in log order. Where `keysOf` throws, the event is
 * parked under its stream's name: a document of that id becomes blocked, so that nothing is lost in silence.
 */
export const concernsOf = (
  projection: Projection,
  events: readonly StoredEvent[],
): ReadonlyMap<string, readonly Concern[]> => {
  const found = new Map<string, Concern[]>();
  const add = (id: string, concern: Concern): void => {
    const known = found.get(id);
    if (known === undefined) found.set(id, [concern]);
    else known.push(concern);
  };
  for (const event of events) {
    if (!isOf(event.stream, projection.categories)) continue;
    try {
      for (const id of keysOf(projection, event)) add(id, { event });
    } catch (failure) {
      add(event.stream, { event, failure });
    }
  }
  return found;
};

const keysOf = (projection: Projection, event: StoredEvent): Iterable<string> => {
  const ids = projection.keysOf(event);
  for (const id of ids) if (!id.isWellFormed()) throw new TypeError('the id holds a lone surrogate');
  return ids.length > 1 ? new Set(ids) : ids;
};

const isOf = (stream: string, categories: readonly string[]): boolean =>
  categories.some((category) => stream.startsWith(category) && stream[category.length] === '-');

/** The categories that any of the events is of. */
export const categoriesOf = (events: readonly StoredEvent[]): ReadonlySet<string> =>
  new Set(events.map(({ stream }) => stream.slice(0, stream.indexOf('-'))));
