import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Asking } from '../../../src/commands/instance/erase-instances.ts';
import { stuckErasures } from '../../../src/commands/instance/stuck-erasures.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { manualClock } from '../../support/manual-clock.ts';

const MINUTE_MS = 60_000;
const asking = (number: number): Asking => ({
  ...{ eventId: String(number), stream: `instance-${number}`, instanceId: String(number) },
  ...{ type: 'InstanceDeleted', position: START },
  metadata: {
    ...{ commandId: 'c', causationId: 'c', correlationId: 'c', schemaVersion: '1.0', recordedAt: '' },
    actor: { kind: 'system', id: 'test', source: 'test' },
  },
});

/** So many that are stuck, and what is done to them, minute by minute. */
const stuckOnes = (count: number, mostStuck?: number) => {
  const clock = manualClock();
  const counts: number[] = [];
  const told: string[] = [];
  const stuck = stuckErasures({
    ...{ clock, onUnreadable: (stream) => void told.push(stream) },
    onStuckCount: (now) => void counts.push(now),
    ...(mostStuck === undefined ? {} : { mostStuck }),
  });
  for (let number = 0; number < count; number += 1) stuck.add(asking(number), new Error('damaged'));
  const over = new AbortController();
  let isMended: (event: Asking) => boolean = () => false;
  let tries: string[] = [];
  const erase = (events: readonly Asking[]): Promise<void> => {
    tries.push(...events.map(({ eventId }) => eventId));
    for (const event of events) if (!isMended(event)) stuck.add(event, new Error('damaged'));
    return Promise.resolve();
  };
  const running = stuck.tryAgain(erase, over.signal);
  onTestFinished(async () => {
    over.abort();
    await running;
  });
  /** What was tried in each of the next minutes. */
  const minutes = async (number: number): Promise<readonly (readonly string[])[]> => {
    const each: string[][] = [];
    for (let minute = 0; minute < number; minute += 1) {
      tries = [];
      await clock.advance(MINUTE_MS, turn);
      each.push(tries);
    }
    return each;
  };
  const mend = (which: (event: Asking) => boolean = () => true): void => void (isMended = which);
  return { minutes, mend, running, told, count: () => counts.at(-1), isEmpty: stuck.isEmpty };
};

describe('what cannot be erased', () => {
  it('is told of once, and tried again after pauses that double up to an hour', async () => {
    const { minutes, told, count } = stuckOnes(1);
    const tried = (await minutes(183)).flatMap((each, index) => (each.length > 0 ? [index + 1] : []));
    expect(tried).toEqual([1, 3, 7, 15, 31, 63, 123, 183]);
    expect(told).toEqual(['instance-0']);
    expect(count()).toBe(1);
  });

  it('is tried so many a minute that all have had their turn within an hour, each before one is tried twice', async () => {
    const { minutes, count } = stuckOnes(600, 600);
    const tried = await minutes(60);
    expect(tried.map(({ length }) => length)).toEqual(Array.from({ length: 60 }, () => 10));
    expect(new Set(tried.flat()).size).toBe(600);
    expect(count()).toBe(600);
  });

  it('does not wait for its own pause once another can be read again, nor for those that still cannot', async () => {
    const { minutes, mend, count } = stuckOnes(20, 600);
    // The next try of the first ten is an hour away, that of the others a minute more.
    await minutes(64);
    mend(({ eventId }) => Number(eventId) % 2 === 1);
    const tried = await minutes(62);
    const first = tried.findIndex((each) => each.length > 0);
    expect(new Set(tried[first])).toEqual(new Set(Array.from({ length: 20 }, (_, number) => String(number))));
    expect(count()).toBe(10);
  });

  it('is tried once a minute at the most where others can be read again', async () => {
    const { minutes, mend } = stuckOnes(20, 600);
    mend(({ eventId }) => Number(eventId) >= 10);
    for (const tried of await minutes(5)) expect(new Set(tried).size).toBe(tried.length);
  });

  it('is all done at once, once it can be read', async () => {
    const { minutes, mend, count, isEmpty } = stuckOnes(250);
    mend();
    expect((await minutes(1)).flat()).toHaveLength(250);
    expect(count()).toBe(0);
    expect(isEmpty()).toBe(true);
  });

  it('is only counted beyond what is remembered, and asked for once there is room', async () => {
    const { minutes, mend, running, count, isEmpty, told } = stuckOnes(5, 4);
    expect(told).toHaveLength(5);
    expect(new Set((await minutes(10)).flat()).size).toBe(4);
    expect(count()).toBe(5);
    mend();
    await minutes(10);
    await running;
    expect(count()).toBe(1);
    expect(isEmpty()).toBe(false);
  });

  it('is asked for again after an hour also where there is no room, for it may be readable since', async () => {
    const { minutes, running, isEmpty } = stuckOnes(5, 4);
    let isOver = false;
    void running.then(() => (isOver = true));
    await minutes(59);
    expect(isOver).toBe(false);
    await minutes(1);
    expect(isOver).toBe(true);
    expect(isEmpty()).toBe(false);
  });
});
