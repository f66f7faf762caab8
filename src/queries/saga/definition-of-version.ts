import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { orchestrationEvents } from '../../domain/orchestration/events.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

const PAGE = 512;

/** A version of a definition as its registration recorded it; undefined where the log does not hold it. */
export const definitionOfVersion = async (
  store: EventStore,
  orchName: string,
  version: number,
): Promise<Definition | undefined> => {
  const stream = orchestrationStream(orchName);
  for (let from = 0; ; from += PAGE) {
    const { events, head } = await store.readStream(stream, { from, direction: 'forwards', max: PAGE });
    for (const event of events) {
      const registered = registration(event);
      if (registered?.version === version) return registered.definition;
    }
    if (head < from + PAGE) return undefined;
  }
};

const registration = ({ type, data }: StoredEvent) =>
  type === 'DefinitionRegistered' ? orchestrationEvents.DefinitionRegistered.parse(data) : undefined;
