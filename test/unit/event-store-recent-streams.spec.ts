import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupsWithin } from '../../src/infra/event-store/embedded/tail-groups.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { metadata } from '../support/events.ts';

const event = (stream: string, revision: number): StoredEvent => ({
  ...{ stream, revision, position: '', eventId: '', type: 'X', data: {}, hash: '' },
  metadata: { ...metadata(), schemaVersion: '1.0', recordedAt: '2026-01-01T00:00:00.000Z' },
});

/** Whole appends, newest first, as long as they fit. */
const fitting = (appends: readonly (readonly StoredEvent[])[], maxEvents: number): readonly StoredEvent[] => {
  let count = 0;
  return appends
    .toReversed()
    .filter((events) => (count += events.length) <= maxEvents)
    .flat();
};

describe('streams in memory', () => {
  it('give what was kept of a stream from a revision on, and nothing from before that', () => {
    const kept = groupsWithin({ maxBytes: 1000, maxEvents: 3 });
    kept.add({ first: 1, events: [event('saga-a', 0), event('saga-a', 1)], bytes: 1 });
    kept.add({ first: 3, events: [event('saga-b', 0)], bytes: 1 });
    expect(kept.ofStream('saga-a', 0, 1)).toEqual({
      events: [expect.objectContaining({ revision: 0 })],
      head: 1,
    });
    expect(kept.ofStream('saga-a', 2, 9)).toEqual({ events: [], head: 1 });
    expect(kept.ofStream('saga-c', 0, 9)).toBeUndefined();
    kept.add({ first: 4, events: [event('saga-a', 2)], bytes: 1 });
    expect(kept.ofStream('saga-a', 0, 9)).toBeUndefined();
    expect(kept.ofStream('saga-a', 2, 9)).toMatchObject({ events: [{ revision: 2 }], head: 2 });
  });

  it('are those of the newest events, whatever is appended', () => {
    const streams = fc.constantFrom('saga-a', 'saga-b', 'worker-c');
    const appends = fc.array(fc.tuple(streams, fc.integer({ min: 1, max: 4 })), { maxLength: 30 });
    fc.assert(
      fc.property(appends, fc.integer({ min: 0, max: 12 }), (all, maxEvents) => {
        const kept = groupsWithin({ maxBytes: 1000, maxEvents });
        const heads = new Map<string, number>();
        const appended: StoredEvent[][] = [];
        for (const [stream, count] of all) {
          const head = heads.get(stream) ?? -1;
          const events = Array.from({ length: count }, (_, index) => event(stream, head + 1 + index));
          kept.add({ first: appended.flat().length + 1, events, bytes: 1 });
          appended.push(events);
          heads.set(stream, head + count);
        }
        const inMemory = new Set(fitting(appended, maxEvents));
        for (const one of appended.flat()) {
          const { stream, revision } = one;
          const found = kept.ofStream(stream, revision, 1000);
          const from = appended
            .flat()
            .filter((other) => other.stream === stream && other.revision >= revision);
          expect(found).toEqual(inMemory.has(one) ? { events: from, head: heads.get(stream) } : undefined);
        }
      }),
    );
  });
});
