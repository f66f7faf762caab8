import type { EventBatch, StoredEvent } from '../../src/infra/event-store/port.ts';

/** Of a batch: what is wrong with its order. More than the port allows: whoever follows the log must not mind. */
export type Twist = 'none' | 'repeats' | 'reorders' | 'gap';

/** Streams one after the other, each in its own order. */
export const reordered = (batch: EventBatch, below: (count: number) => number): EventBatch => {
  const streams = [...Map.groupBy(batch.events, ({ stream }) => stream).values()];
  const events: StoredEvent[] = [];
  while (streams.length > 0)
    for (const taken of streams.splice(below(streams.length), 1)) events.push(...taken);
  return { ...batch, events };
};

/** Leaves the events of one stream out; undefined where there is only one stream. */
export const without = (
  events: readonly StoredEvent[],
  below: (count: number) => number,
): { readonly kept: readonly StoredEvent[]; readonly firstLeftOut: StoredEvent } | undefined => {
  const left = events[below(events.length)];
  if (left === undefined) return undefined;
  const kept = events.filter(({ stream }) => stream !== left.stream);
  const firstLeftOut = events.find(({ stream }) => stream === left.stream);
  return kept.length === 0 || firstLeftOut === undefined ? undefined : { kept, firstLeftOut };
};
