import { describe, expect, it } from 'vitest';
import type { EventStore, StoredEvent } from '../../../src/infra/event-store/port.ts';
import { eventsBefore } from '../../../src/infra/tracing/events-before.ts';
import { stored } from '../../support/saga-stored.ts';
import { gate } from '../../support/sdk-world.ts';

const [event] = stored([{ type: 'SagaCompleted', data: {} }]);
const at = (revision: number): StoredEvent => {
  if (event === undefined) throw new Error('there is none');
  return { ...event, revision };
};
const revisionsOf = (events: readonly StoredEvent[]) => events.map(({ revision }) => revision);

/** Answers with this many of those asked for, once it may. */
const log = (given: number, opened: Promise<void> = Promise.resolve()) => {
  const asked: unknown[] = [];
  const readStream: EventStore['readStream'] = async (_stream, page) => {
    asked.push(page);
    await opened;
    const { from, max } = page;
    if (from === 'end') throw new Error('nobody asks for that');
    return { events: Array.from({ length: Math.min(given, max) }, (_, index) => at(from + index)), head: 99 };
  };
  return { asked, before: eventsBefore({ readStream }) };
};

describe('the events before another', () => {
  it('are the latest first, and read as they come from memory', async () => {
    const { asked, before } = log(100);
    expect(revisionsOf(await before(at(20), 3))).toEqual([19, 18, 17]);
    expect(revisionsOf(await before(at(2), 16))).toEqual([1, 0]);
    expect(await before(at(0), 16)).toEqual([]);
    expect(asked).toEqual([
      { from: 17, direction: 'forwards', max: 4 },
      { from: 0, direction: 'forwards', max: 3 },
      { from: 0, direction: 'forwards', max: 1 },
    ]);
  });

  it('are none where not all of them are given at once', async () => {
    expect(await log(3).before(at(20), 3)).toEqual([]);
  });

  it('are not read while many are, however slow the log is or whether it fails', async () => {
    const { opened, open } = gate();
    const failed = opened.then(() => Promise.reject(new Error('the log is gone')));
    const { asked, before } = log(100, failed);
    const flood = Array.from({ length: 512 }, () => before(at(20), 3));
    await expect(before(at(20), 3)).rejects.toMatchObject({ name: 'TooManyReads' });
    expect(asked).toHaveLength(512);
    open();
    expect(new Set((await Promise.allSettled(flood)).map(({ status }) => status))).toEqual(
      new Set(['rejected']),
    );
    await before(at(20), 3).catch(() => undefined);
    expect(asked).toHaveLength(513);
  });
});
