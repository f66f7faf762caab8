import type { Aggregate } from '../domain/aggregate.ts';
import type { DomainEvent } from '../domain/event.ts';
import type { EventStore } from '../infra/event-store/port.ts';
import type { FoldCache } from './fold-cache.ts';
import { readFolded } from './folded.ts';
import type { Folded } from './folded.ts';

/** Reads what is not in memory of a stream; again, where it was written to while it was read. */
export const readOn = async <Command, State, Event extends DomainEvent, Code extends string>(
  store: EventStore,
  cache: FoldCache<State>,
  aggregate: Aggregate<Command, State, Event, Code>,
  stream: string,
): Promise<Folded<State>> => {
  for (;;) {
    const watch = cache.watch(stream);
    try {
      const folded = await readFolded(store, aggregate, stream, cache.get(stream));
      if (watch.keep(folded)) return folded;
    } finally {
      watch.end();
    }
  }
};
