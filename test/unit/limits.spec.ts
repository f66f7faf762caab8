import { describe, expect, it } from 'vitest';
import { createLimits } from '../../src/infra/http/limits.ts';
import { manualClock } from '../support/manual-clock.ts';

const settled = () => Promise.resolve();

const limited = () => {
  const clock = manualClock(0);
  const late: [name: string, at: number][] = [];
  const limits = createLimits<{ name: string }>(clock, ({ name }) => void late.push([name, clock.now()]));
  return { clock, limits, late };
};

describe('limits', () => {
  it('tell of each item at its own time, whoever else is there', async () => {
    const { clock, limits, late } = limited();
    limits.begin({ name: 'first' }, 100);
    limits.begin({ name: 'long' }, 1000);
    await clock.advance(30, settled);
    limits.begin({ name: 'second' }, 100);
    await clock.advance(500, settled);
    limits.begin({ name: 'third' }, 100);
    await clock.advance(1000, settled);
    expect(late).toEqual([
      ['first', 100],
      ['second', 130],
      ['third', 630],
      ['long', 1000],
    ]);
  });

  it('are silent about what has ended, and go on for the others', async () => {
    const { clock, limits, late } = limited();
    const [one, two] = [{ name: 'one' }, { name: 'two' }];
    limits.begin(one, 100);
    await clock.advance(10, settled);
    limits.begin(two, 100);
    limits.end(one);
    limits.end(one);
    await clock.advance(1000, settled);
    expect(late).toEqual([['two', 110]]);
  });

  it('are silent once closed', async () => {
    const { clock, limits, late } = limited();
    limits.begin({ name: 'one' }, 100);
    limits.close();
    await clock.advance(1000, settled);
    expect(late).toEqual([]);
  });
});
