import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTimers } from '../../src/commands/engine/timers.ts';
import { manualClock } from '../support/manual-clock.ts';

const settled = (): Promise<void> => Promise.resolve();

/** Timers that note when they fire, on a clock that counts what is scheduled on it. */
const world = () => {
  const clock = manualClock(0);
  let scheduled = 0;
  const pending = new Set<number>();
  const counting: Pick<typeof clock, 'now' | 'schedule'> = {
    now: clock.now,
    schedule: (delayMs, task) => {
      const id = (scheduled += 1);
      pending.add(id);
      const cancel = clock.schedule(delayMs, () => {
        pending.delete(id);
        task();
      });
      return () => {
        pending.delete(id);
        cancel();
      };
    },
  };
  const fired: { readonly key: string; readonly at: number }[] = [];
  const timers = createTimers(counting, (key) => fired.push({ key, at: clock.now() }));
  const counts = () => ({ scheduled, pending: pending.size });
  return { ...timers, fired, counts, pass: (ms: number) => clock.advance(ms, settled), now: clock.now };
};

const change = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  afterMs: fc.option(fc.integer({ min: 0, max: 50 })),
  passMs: fc.integer({ min: 0, max: 30 }),
});

describe('the timers of runs', () => {
  it('fire once each, at the time they were last armed for', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 40 }), async (changes) => {
        const { arm, fired, pass, now, size } = world();
        const armed = new Map<string, number>();
        const expected: { readonly key: string; readonly at: number }[] = [];
        const due = (until: number): void => {
          for (const [key, at] of [...armed].filter(([, time]) => time <= until)) {
            expected.push({ key, at });
            armed.delete(key);
          }
        };
        for (const { key, afterMs, passMs } of changes) {
          const at = afterMs === null ? null : now() + afterMs;
          arm(key, at);
          if (at === null) armed.delete(key);
          else armed.set(key, at);
          await pass(passMs);
          due(now());
          expect(size()).toBe(armed.size);
        }
        await pass(100);
        due(now());
        const sorted = (all: typeof fired) => all.toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
        expect(sorted(fired)).toEqual(sorted(expected));
      }),
    );
  });

  it('leave the clock alone while later ones come and the earliest goes', async () => {
    const { arm, fired, counts, pass, stop } = world();
    for (let run = 0; run < 5000; run += 1) {
      arm(`run-${String(run)}`, 1000 + run);
      if (run > 0) arm(`run-${String(run - 1)}`, null);
    }
    expect(counts()).toEqual({ scheduled: 1, pending: 1 });
    await pass(5998);
    expect(fired).toEqual([]);
    await pass(1);
    expect(fired).toEqual([{ key: 'run-4999', at: 5999 }]);
    arm('left', 9000);
    stop();
    expect(counts().pending).toBe(0);
  });
});
