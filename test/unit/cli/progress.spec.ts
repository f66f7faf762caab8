import { describe, expect, it } from 'vitest';
import { duration, progressLine } from '../../../src/infra/cli/progress.ts';

const watched = () => {
  const shown: string[] = [];
  let now = 1000;
  const line = progressLine({ status: (text) => void shown.push(text) }, { now: () => now }, 'events');
  return { shown, line, advance: (ms: number) => void (now += ms) };
};

describe('a progress line', () => {
  it('shows rate and time left where the total is known', () => {
    const { shown, line, advance } = watched();
    advance(2000);
    line.at(50_000, 200_000);
    expect(shown).toEqual(['50,000 of 200,000 (25 %) events, 25,000/s, ETA 6 s']);
  });

  it('shows the rate alone where it is not', () => {
    const { shown, line, advance } = watched();
    advance(500);
    line.at(1000);
    expect(shown).toEqual(['1,000 events, 2,000/s']);
  });

  it('is written five times a second at most, and removed at the end', () => {
    const { shown, line, advance } = watched();
    for (let done = 1; done <= 1000; done += 1) {
      advance(1);
      line.at(done);
    }
    expect(shown).toHaveLength(5);
    line.end();
    expect(shown.at(-1)).toBe('');
  });
});

describe('a duration', () => {
  it.each([
    [0.2, '1 s'],
    [59.9, '1 min 0 s'],
    [3599, '59 min 59 s'],
    [7260, '2 h 1 min'],
  ])('of %d s reads %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
