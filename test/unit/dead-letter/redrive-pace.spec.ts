import { describe, expect, it } from 'vitest';
import { createRedrivePace } from '../../../src/commands/dead-letter/redrive-pace.ts';
import { manualClock } from '../../support/manual-clock.ts';

const settled = () => Promise.resolve();

const pacing = (room = Infinity) => {
  const clock = manualClock(0);
  const started: { readonly id: string; readonly at: number }[] = [];
  let left = room;
  const pace = createRedrivePace({
    clock,
    hasRoom: () => left > 0,
    start: (id) => {
      left -= 1;
      started.push({ id, at: clock.now() });
    },
  });
  const free = () => {
    left += 1;
    pace.go();
  };
  return { clock, pace, started, free, ids: () => started.map(({ id }) => id) };
};

describe('the pace of a redrive', () => {
  it('is never faster than asked for', async () => {
    const { clock, pace, started } = pacing();
    for (let index = 0; index < 100; index += 1) pace.add(String(index), { id: 'r', perSecond: 50 });
    await clock.advance(999, settled);
    expect(started.length).toBe(50);
    await clock.advance(5000, settled);
    expect(started.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    for (const { at } of started)
      expect(started.filter((other) => other.at > at - 1000 && other.at <= at).length).toBeLessThanOrEqual(
        50,
      );
  });

  it('lets redrives take turns, each at its own', async () => {
    const { clock, pace, started } = pacing();
    for (let index = 0; index < 20; index += 1) {
      pace.add(`slow-${index}`, { id: 'slow', perSecond: 1 });
      pace.add(`fast-${index}`, { id: 'fast', perSecond: 10 });
    }
    await clock.advance(1999, settled);
    const slow = started.filter(({ id }) => id.startsWith('slow'));
    expect({ slow: slow.length, fast: started.length - slow.length }).toEqual({ slow: 2, fast: 20 });
  });

  it('waits for room, and takes a letter added twice once', async () => {
    const { clock, pace, ids, free } = pacing(1);
    const redrive = { id: 'r', perSecond: 1000 };
    for (const id of ['a', 'b', 'b']) pace.add(id, redrive);
    await clock.advance(100, settled);
    expect(ids()).toEqual(['a']);
    free();
    expect(ids()).toEqual(['a', 'b']);
    expect(pace.size()).toBe(0);
  });

  it('holds a redrive back, and stops', async () => {
    const { clock, pace, ids } = pacing();
    const redrive = { id: 'r', perSecond: 1000 };
    pace.add('a', redrive);
    pace.hold('r', 500);
    pace.add('b', redrive);
    await clock.advance(499, settled);
    expect(ids()).toEqual(['a']);
    await clock.advance(1, settled);
    expect(ids()).toEqual(['a', 'b']);
    pace.stop();
    pace.add('c', redrive);
    await clock.advance(5000, settled);
    expect(ids()).toEqual(['a', 'b']);
  });
});
