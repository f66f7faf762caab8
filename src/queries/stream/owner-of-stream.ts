import { LRUCache } from 'lru-cache';
import type { EventStore } from '../../infra/event-store/port.ts';

/** An owner never changes: what was read once stays true. */
const MOST_KNOWN = 20_000;
/** What somebody starts or delivers; nothing else has an owner. */
const OWNED = ['saga-', 'instance-'];

/**
 * Who started a run or delivered an instance, from the first event of its stream; undefined for an unknown stream, and
 * for those that are nobody's own.
 */
export const ownerOfStream = (log: Pick<EventStore, 'readStream'>) => {
  const known = new LRUCache<string, string>({ max: MOST_KNOWN });
  return async (stream: string): Promise<string | undefined> => {
    if (!OWNED.some((category) => stream.startsWith(category))) return undefined;
    const found = known.get(stream);
    if (found !== undefined) return found;
    const { events } = await log.readStream(stream, { from: 0, direction: 'forwards', max: 1 });
    const owner = events[0]?.metadata.owner;
    if (owner !== undefined) known.set(stream, owner);
    return owner;
  };
};
