import { isUnknownForm } from '../../domain/aggregate.ts';
import { deadLetterAggregate } from '../../domain/dead-letter/aggregate.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import { createLetterIndex, letterIdIn } from './letter-index.ts';
import { createRedriveWork } from './redrive-work.ts';
import type { RedriveWorkDeps } from './redrive-work.ts';

export type RedriverDeps = RedriveWorkDeps & { readonly store: Pick<EventStore, 'subscribe'> };

/**
 * Follows the log and works off selected letters: those of one sequence one after the other, in the order they were
 * parked in, each redrive at its pace. One that is parked again holds up what is behind it. What it does is derived
 * from the log alone, so it goes on after a restart where it stopped; two of them at the same time do no harm.
 */
export const createRedriver = (deps: RedriverDeps) => {
  const index = createLetterIndex();
  const work = createRedriveWork(deps, index);
  const take = (event: StoredEvent): void => {
    deps.letters.observe(event);
    work.noteEnd(letterIdIn(event), event.type);
    try {
      const sequence = index.take(event);
      if (sequence !== undefined) work.touch(sequence);
    } catch (error) {
      if (!isUnknownForm(error)) throw error;
      deps.onTrouble(letterIdIn(event), error);
    }
  };
  return {
    /** Runs until the signal aborts, then finishes what is under way. @throws what the log throws. */
    run: async (signal: AbortSignal): Promise<void> => {
      const categories = [deadLetterAggregate.category];
      let isReading = true;
      try {
        for await (const { events, caughtUp } of deps.store.subscribe({ after: START, categories, signal })) {
          events.forEach(take);
          if (caughtUp && isReading) work.begin();
          isReading &&= !caughtUp;
        }
      } finally {
        await work.stop();
      }
    },
    /** Letters that are open, those whose turn has come, and those being taken now. */
    status: () => ({ open: index.size(), ready: work.ready(), running: work.running() }),
  };
};
