import { sagaAggregate } from '../../domain/saga/aggregate.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';

// What follows runs reads two categories: an event is of a run or of an orchestration.
const RUN = `${sagaAggregate.category}-`;

export const isOfRun = ({ stream }: StoredEvent): boolean => stream.startsWith(RUN);
export const isOfOrchestration = (event: StoredEvent): boolean => !isOfRun(event);

export const idsOf = (
  events: readonly StoredEvent[],
  isWanted: (event: StoredEvent) => boolean,
): ReadonlySet<string> => {
  const ids = new Set<string>();
  for (const event of events) if (isWanted(event)) ids.add(idOf(event.stream));
  return ids;
};

/** Of events of one stream that follow one another, as those of one append do, the last. */
export const lastOfEach = (events: readonly StoredEvent[]): readonly StoredEvent[] =>
  events.filter(({ stream }, index) => events[index + 1]?.stream !== stream);
