import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';

export type StreamPage = {
  readonly items: readonly StoredEvent[];
  /** Revision to continue from, absent at the end. */
  readonly next?: number;
  /** The stream's last revision. */
  readonly head: number;
};

type Range = {
  readonly from: number | 'end';
  readonly direction: 'forwards' | 'backwards';
  readonly limit: number;
};

/** A page of a stream's events as they are stored; undefined for a stream without events. */
export const getStream =
  (store: Pick<EventStore, 'readStream'>) =>
  async (stream: string, { from, direction, limit }: Range): Promise<StreamPage | undefined> => {
    const { events, head } = await store.readStream(stream, { from, direction, max: limit });
    if (head < 0) return undefined;
    const next = nextRevision(events.at(-1), direction, head);
    return { items: events, head, ...(next === undefined ? {} : { next }) };
  };

const nextRevision = (last: StoredEvent | undefined, direction: Range['direction'], head: number) => {
  if (last === undefined) return undefined;
  if (direction === 'forwards') return last.revision < head ? last.revision + 1 : undefined;
  return last.revision > 0 ? last.revision - 1 : undefined;
};
