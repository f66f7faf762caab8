import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchOffers } from '../../src/infra/task-queue/mongodb/watch-offers.ts';
import { manualClock } from '../support/manual-clock.ts';

const setUp = () => {
  const clock = manualClock();
  const looks: (readonly string[])[] = [];
  const onOffer = new Set<string>();
  let failure: Error | undefined;
  const watched = watchOffers({
    clock,
    routesOnOffer: (routes) => {
      looks.push(routes);
      return failure
        ? Promise.reject(failure)
        : Promise.resolve(routes.filter((route) => onOffer.has(route)));
    },
  });
  const pass = async (ms: number): Promise<void> => {
    await settled();
    await clock.advance(ms, settled);
  };
  const fail = (error?: Error): void => void (failure = error);
  const stop = new AbortController();
  const wait = (...routes: readonly string[]) => {
    const state = { isWoken: false };
    void watched.wait(routes, stop.signal).then(() => (state.isWoken = true));
    return state;
  };
  return { watched, looks, onOffer, pass, fail, stop, wait };
};

describe('watched offers', () => {
  it('are looked at once for everybody who waits, at once and then every 150 ms', async () => {
    const { looks, pass, wait } = setUp();
    for (let n = 0; n < 50; n += 1) wait('a', 'b');
    await pass(0);
    expect(looks.length).toBeLessThanOrEqual(2);
    const atStart = looks.length;
    await pass(1500);
    expect(looks.length - atStart).toBe(10);
    expect(looks.at(-1)).toEqual(['a', 'b']);
  });

  it('are not looked at while nobody waits', async () => {
    const { looks, pass, stop, wait } = setUp();
    wait('a');
    await pass(300);
    stop.abort();
    await pass(150);
    const before = looks.length;
    await pass(10_000);
    expect(looks.length).toBe(before);
  });

  it('wake one of those who wait at each look, the one who waited longest first', async () => {
    const { onOffer, pass, wait } = setUp();
    const [first, second] = [wait('a'), wait('a')];
    await pass(0);
    onOffer.add('a');
    await pass(150);
    expect([first.isWoken, second.isWoken]).toEqual([true, false]);
    await pass(150);
    expect(second.isWoken).toBe(true);
  });

  it('see a task that came while the look was under way', async () => {
    const { onOffer, pass, wait } = setUp();
    wait('b');
    onOffer.add('a');
    const late = wait('a');
    await pass(0);
    expect(late.isWoken).toBe(true);
  });

  it('are looked at less often while the server does not answer, and as before once it does', async () => {
    const { looks, onOffer, fail, pass, wait } = setUp();
    fail(new Error('no server'));
    const waiting = wait('a');
    await pass(5000);
    expect(looks.length).toBeLessThan(8);
    expect(waiting.isWoken).toBe(false);
    fail();
    onOffer.add('a');
    await pass(1000);
    expect(waiting.isWoken).toBe(true);
  });
});
