import { describe, expect, it } from 'vitest';
import { createReplaySinks } from '../../../src/infra/replay/sinks.ts';
import { eventAt } from '../../support/replays.ts';

const never = new AbortController().signal;
const big = (number: number) => ({ ...eventAt(number), data: { value: 'x'.repeat(1024 * 1024) } });

describe('the sinks of replay sessions', () => {
  it('keep the last events, as many as there is room for, and say how many went', async () => {
    const sinks = createReplaySinks();
    const sink = sinks.open('one');
    await sink.deliver(
      Array.from({ length: 1002 }, (_, index) => eventAt(index)),
      never,
    );
    expect(sinks.read('one')).toMatchObject({ dropped: 2, items: { length: 1000 } });
    await sink.deliver([1002, 1003, 1004, 1005].map(big), never);
    const { items = [], dropped } = sinks.read('one') ?? {};
    expect(items.map(({ revision }) => revision)).toEqual([1003, 1004, 1005]);
    expect(dropped).toBe(1003);
  });

  it('are those of the last sixteen sessions, and of all that are under way', async () => {
    const sinks = createReplaySinks();
    const slow = sinks.open('slow');
    await slow.deliver([eventAt(1)], never);
    for (let number = 0; number < 16; number += 1) await sinks.open(`short-${String(number)}`).close();
    await slow.deliver([eventAt(2)], never);
    expect(sinks.read('slow')).toEqual({ items: [eventAt(1), eventAt(2)], dropped: 0 });
    expect(sinks.read('short-0')).toBeUndefined();
    await slow.close();
    await sinks.open('last').close();
    expect(sinks.read('slow')).toBeUndefined();
  });
});
