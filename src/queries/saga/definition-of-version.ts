import { LRUCache } from 'lru-cache';
import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { orchestrationEvents } from '../../domain/orchestration/events.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import { pagesIn } from '../stream/events-in.ts';

const KEPT = 500;

/** A version of a definition; undefined where the log does not hold it. */
export type DefinitionOf = (orchName: string, version: number) => Promise<Definition | undefined>;

/** Versions as their registrations recorded them. They never change, so those read last are kept. */
export const definitionsIn = (store: Pick<EventStore, 'readStream'>): DefinitionOf => {
  const kept = new LRUCache<string, Definition>({ max: KEPT });
  return async (orchName, version) => {
    const key = `${orchName}@${String(version)}`;
    const definition = kept.get(key) ?? (await definitionOfVersion(store, orchName, version));
    if (definition !== undefined) kept.set(key, definition);
    return definition;
  };
};

const definitionOfVersion = async (
  store: Pick<EventStore, 'readStream'>,
  orchName: string,
  version: number,
): Promise<Definition | undefined> => {
  for await (const events of pagesIn(store, orchestrationStream(orchName)))
    for (const event of events) {
      const registered = registration(event);
      if (registered?.version === version) return registered.definition;
    }
  return undefined;
};

const registration = ({ type, data }: StoredEvent) =>
  type === 'DefinitionRegistered' ? orchestrationEvents.DefinitionRegistered.parse(data) : undefined;
