import { describe, expect, it } from 'vitest';
import { turnsOf } from '../../src/infra/clock/port.ts';
import { manualClock } from '../support/manual-clock.ts';

const settled = () => Promise.resolve();

describe('turns', () => {
  it('are so many at a time, and in order', async () => {
    const turns = turnsOf(2, manualClock());
    const began: number[] = [];
    for (const each of [0, 1, 2, 3]) void turns.take(50).then(() => began.push(each));
    await new Promise(setImmediate);
    expect(began).toEqual([0, 1]);
    expect(turns.waiting()).toBe(2);
    turns.giveBack();
    await new Promise(setImmediate);
    expect(began).toEqual([0, 1, 2]);
  });

  it('do not go to whom they came too late, but to the next', async () => {
    const clock = manualClock();
    const turns = turnsOf(1, clock);
    expect(await turns.take(50)).toBe(true);
    const second = turns.take(50);
    await clock.advance(50, settled);
    expect(await second).toBe(false);
    const third = turns.take(50);
    turns.giveBack();
    expect(await third).toBe(true);
    expect(turns.waiting()).toBe(0);
    turns.giveBack();
    expect(await turns.take(0)).toBe(true);
  });
});
