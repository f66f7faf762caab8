import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock, systemIds, systemRandom } from '../../src/infra/clock/system.ts';

describe('system clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('tells whole milliseconds of this time and never goes back', () => {
    const clock = systemClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(5000);
    let last = clock.now();
    for (let round = 0; round < 10_000; round += 1) {
      const now = clock.now();
      expect(Number.isInteger(now) && now >= last).toBe(true);
      last = now;
    }
  });

  it.each([86_400_000, -86_400_000, -600_000])(
    'goes on as before where the machine is set by %i ms (F-P-09)',
    (ms) => {
      const { now } = systemClock();
      const ids = systemIds();
      const before = { at: now(), id: ids.next() };
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
      expect(Math.abs(Date.now() - before.at)).toBeGreaterThan(500_000);
      expect(now() - before.at).toBeGreaterThanOrEqual(0);
      expect(now() - before.at).toBeLessThan(60_000);
      expect(ids.next() > before.id).toBe(true);
    },
  );

  it('runs a task once its delay has passed on its own clock', async () => {
    const clock = systemClock();
    for (const delayMs of [0, 1, 7, 20]) {
      const start = clock.now();
      await new Promise<void>((resolve) => clock.schedule(delayMs, resolve));
      expect(clock.now() - start).toBeGreaterThanOrEqual(delayMs);
    }
  });

  it('runs no cancelled task', async () => {
    const clock = systemClock();
    const ran: string[] = [];
    const cancel = clock.schedule(1, () => ran.push('cancelled'));
    cancel();
    cancel();
    await new Promise<void>((resolve) => clock.schedule(5, resolve));
    expect(ran).toEqual([]);
  });

  it('waits for delays that no single timer can hold', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const delayMs = 2 ** 31 * 2 + 5;
    const ran: string[] = [];
    systemClock().schedule(delayMs, () => ran.push('late'));
    const cancel = systemClock().schedule(delayMs, () => ran.push('cancelled'));
    vi.advanceTimersByTime(delayMs - 1);
    expect(ran).toEqual([]);
    cancel();
    vi.advanceTimersByTime(1);
    expect(ran).toEqual(['late']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('system chance and ids', () => {
  it('draws from zero up to, not including, one', () => {
    const drawn = Array.from({ length: 1000 }, systemRandom().next);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(900);
  });

  it('makes version 7 ids that sort as they were made', () => {
    const ids = Array.from({ length: 1000 }, systemIds().next);
    expect(new Set(ids).size).toBe(1000);
    expect(ids).toEqual(ids.toSorted());
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
