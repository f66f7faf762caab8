import { LRUCache } from 'lru-cache';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore } from '../../infra/event-store/port.ts';

/** An owner never changes: what was read once stays true. */
const MOST_KNOWN = 20_000;

/** Who started a run, from its first event; undefined for an unknown run. */
export const ownerOfRun = (log: Pick<EventStore, 'readStream'>) => {
  const known = new LRUCache<string, string>({ max: MOST_KNOWN });
  return async (flowId: string): Promise<string | undefined> => {
    const found = known.get(flowId);
    if (found !== undefined) return found;
    const { events } = await log.readStream(sagaStream(flowId), { from: 0, direction: 'forwards', max: 1 });
    const owner = events[0]?.metadata.owner;
    if (owner !== undefined) known.set(flowId, owner);
    return owner;
  };
};
