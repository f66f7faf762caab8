import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { commandTurns } from '../../src/commands/command-turns.ts';
import { manualClock } from '../support/manual-clock.ts';

/** Two commands to one stream and one to another; the first of them takes as long as this. */
const afterOneOf = async (firstMs: number, isShared: boolean) => {
  const clock = manualClock();
  const inTurn = commandTurns(clock, isShared);
  const done: string[] = [];
  const first = inTurn('one', () => new Promise<void>((resolve) => clock.schedule(firstMs, resolve)));
  const task = (name: string) => () => {
    done.push(name);
    return 'done' as const;
  };
  const second = inTurn('one', task('second'));
  const other = inTurn('other', task('other'));
  await clock.advance(firstMs, settled);
  await first;
  return { outcome: await second, other, done };
};

describe('commands to one stream', () => {
  it('are refused, with nothing done, where their turn comes too late over a server', async () => {
    const { outcome, other, done } = await afterOneOf(4001, true);
    expect(outcome).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(other).toBe('done');
    expect(done).toEqual(['other']);
  });

  it('have one limit with what was waited for before them, and learn whether it is too late to write', async () => {
    const clock = manualClock();
    const inTurn = commandTurns(clock, true);
    const asked = clock.now();
    await clock.advance(3000, settled);
    const late = await inTurn(
      'one',
      async (isLate) => {
        const early = isLate?.();
        await clock.advance(2001, settled);
        return [early, isLate?.()];
      },
      asked,
    );
    expect(late).toEqual([false, true]);
    expect(await inTurn('one', () => 'done', asked)).toMatchObject({ code: 'busy' });
    expect(await inTurn('one', () => 'done')).toBe('done');
  });

  it('are done where it comes in time, and on an own log whenever it comes', async () => {
    expect(await afterOneOf(4000, true)).toMatchObject({ outcome: 'done', done: ['other', 'second'] });
    expect(await afterOneOf(60_000, false)).toMatchObject({ outcome: 'done', done: ['other', 'second'] });
  });
});
