import { describe, expect, it } from 'vitest';
import { arrivals } from '../../src/infra/event-store/eventstoredb/arrivals.ts';
import { deliveredSince } from '../../src/infra/event-store/eventstoredb/delivered.ts';
import { toPosition, toWire } from '../../src/infra/event-store/eventstoredb/position.ts';
import { tailFrom } from '../../src/infra/event-store/eventstoredb/tail.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { metadata } from '../support/events.ts';
import { manualClock } from '../support/manual-clock.ts';

const at = (commit: number): string => toPosition({ commit: String(commit), prepare: '1' });
const event = (commit: number, stream = 'saga-1', revision = 0): StoredEvent => ({
  ...{ stream, revision, position: at(commit), eventId: String(commit), type: 'X', data: {}, hash: '' },
  metadata: { ...metadata(), schemaVersion: '1.0', recordedAt: '2026-01-01T00:00:00.000Z' },
});
const bounds = { maxBytes: 1000, maxEvents: 4 };
const positions = (events: readonly StoredEvent[] | undefined) => events?.map(({ position }) => position);

describe('a position', () => {
  it('holds numbers beyond what JavaScript counts with, and compares as the log does', () => {
    const far = toPosition({ commit: '9223372036854775807', prepare: '9223372036854775806' });
    expect(toWire(far)).toEqual({ commit: '9223372036854775807', prepare: '9223372036854775806' });
    expect(at(99) < at(100) && at(100) < far).toBe(true);
    expect(toWire(START)).toBeUndefined();
  });

  it('is not what a server without positions sends', () => {
    expect(() => toPosition({ commit: '18446744073709551615', prepare: '1' })).toThrow(
      'without its position',
    );
    expect(() => toWire('12')).toThrow(RangeError);
  });
});

describe('the tail', () => {
  it('gives what came after a place, in the order of its coming, and what came late too', () => {
    const tail = tailFrom(START, bounds);
    const place = tail.enter(START);
    if (place === undefined) throw new Error('the tail is empty');
    tail.push(event(20), 1);
    tail.push(event(10), 1);
    expect(positions(tail.take(place, 10)?.events)).toEqual([at(20), at(10)]);
    expect(tail.last()).toBe(at(20));
  });

  it('leaves out what one who comes from the log has already', () => {
    const tail = tailFrom(START, bounds);
    tail.push(event(10), 1);
    tail.push(event(20), 1);
    const place = tail.enter(at(10));
    expect(place === undefined ? undefined : positions(tail.take(place, 10)?.events)).toEqual([at(20)]);
  });

  it('forgets its older half, and says so to whoever needed it', () => {
    const tail = tailFrom(START, bounds);
    const early = tail.enter(START);
    for (let commit = 1; commit <= 5; commit += 1) tail.push(event(commit), 1);
    expect(early === undefined ? 'nowhere' : tail.take(early, 10)).toBeUndefined();
    expect(tail.enter(at(2))).toBeUndefined();
    expect(tail.enter(at(3))).toBeDefined();
    for (let commit = 6; commit <= 7; commit += 1) tail.push(event(commit), 700);
    expect(tail.enter(at(5))).toBeUndefined();
  });
});

describe('what was delivered', () => {
  it('is remembered per stream, and for the forgotten by the position up to which all was', () => {
    const delivered = deliveredSince(at(5), 2);
    delivered.note(event(6, 'saga-a', 3));
    delivered.note(event(7, 'saga-b'));
    expect(delivered.since()).toBe(at(5));
    delivered.note(event(8, 'saga-c'));
    expect(delivered.lastOf('saga-a')).toBeUndefined();
    expect(delivered.since()).toBe(at(6));
    expect(delivered.lastOf('saga-b')).toEqual({ revision: 0, position: at(7) });
  });
});

describe('expected events', () => {
  it('are given once all have come, in order, or not at all after a while', async () => {
    const clock = manualClock();
    const { expect: expecting, note } = arrivals(clock);
    const both = expecting('saga-1', 4, 2).within(100);
    const never = expecting('saga-2', 0, 1).within(100);
    for (const revision of [3, 4, 4, 6, 5]) note(event(revision, 'saga-1', revision));
    expect((await both)?.map(({ revision }) => revision)).toEqual([4, 5]);
    await clock.advance(100, () => Promise.resolve());
    expect(await never).toBeUndefined();
  });
});
