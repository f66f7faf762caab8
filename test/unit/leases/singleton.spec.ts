import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { memoryLeases } from '../../../src/infra/leases/memory.ts';
import type { Lease, Leases } from '../../../src/infra/leases/port.ts';
import { LeaseLost } from '../../../src/infra/leases/renewal.ts';
import { whileHeld } from '../../../src/infra/leases/singleton.ts';
import { manualClock } from '../../support/manual-clock.ts';

const TTL_MS = 3000;
/** One process that wants to work: what it did is in `log`. */
const setUp = () => {
  const clock = manualClock();
  const leases = memoryLeases(clock);
  const pass = async (ms: number): Promise<void> => {
    await settled();
    await clock.advance(ms, settled);
  };
  const process = (holder: string, changed: Partial<Leases> = {}) => {
    const log: string[] = [];
    const troubles: unknown[] = [];
    const stop = new AbortController();
    const ends: ((error?: Error) => void)[] = [];
    const work = (signal: AbortSignal, lease: Lease): Promise<void> => {
      log.push(`began ${lease.token}`);
      return new Promise((resolve, reject) => {
        ends.push((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
        signal.addEventListener('abort', () => {
          log.push(`stopped at ${clock.now() - start}`);
          resolve();
        });
      });
    };
    const start = clock.now();
    const { run } = whileHeld({
      leases: { ...leases, ...changed },
      clock,
      random: { next: () => 0.5 },
      name: 'sweeper',
      holder,
      ttlMs: TTL_MS,
      work,
      onTrouble: (error) => troubles.push(error),
    });
    const ended = run(stop.signal);
    const end = (error?: Error): void => {
      ends.at(-1)?.(error);
    };
    const quit = async (): Promise<void> => {
      stop.abort();
      await ended;
    };
    return { log, troubles, end, quit, stop };
  };
  return { clock, leases, pass, process };
};

describe('work of which there is one at a time', () => {
  it('is done by one process for as long as it lives', async () => {
    const { pass, process } = setUp();
    const [one, two] = [process('one'), process('two')];
    await pass(20 * TTL_MS);
    expect(one.log).toEqual(['began 1']);
    expect(two.log).toEqual([]);
    await Promise.all([one.quit(), two.quit()]);
    expect(one.troubles).toEqual([]);
  });

  it('goes to another process soon after the one that did it has stopped in good order', async () => {
    const { pass, process } = setUp();
    const one = process('one');
    await pass(0);
    const two = process('two');
    await pass(100);
    await one.quit();
    await pass((TTL_MS / 3) * 1.25);
    expect(two.log).toEqual(['began 2']);
    await two.quit();
  });

  it('goes to another process once the one that did it has gone silent for the length of the lease', async () => {
    const { leases, pass, process } = setUp();
    await leases.acquire('sweeper', 'died', TTL_MS);
    const two = process('two');
    await pass(TTL_MS - 1);
    expect(two.log).toEqual([]);
    await pass(TTL_MS / 2);
    expect(two.log).toEqual(['began 2']);
    await two.quit();
  });

  it('is stopped two thirds into the lease when no renewal succeeds', async () => {
    const { pass, process } = setUp();
    const one = process('one', { renew: () => Promise.reject(new Error('no server')) });
    await pass((TTL_MS * 2) / 3 - 1);
    expect(one.log).toEqual(['began 1']);
    await pass(1);
    expect(one.log).toEqual(['began 1', 'stopped at 2000']);
    expect(one.troubles.at(-1)).toBeInstanceOf(LeaseLost);
    await one.quit();
  });

  it('is stopped two thirds into the lease when renewals are never answered', async () => {
    const { pass, process } = setUp();
    const one = process('one', { renew: () => new Promise<boolean>(() => undefined) });
    await pass((TTL_MS * 2) / 3);
    expect(one.log).toEqual(['began 1', 'stopped at 2000']);
    await one.quit();
  });

  it('goes on when a renewal succeeds after one that failed', async () => {
    const { leases, pass, process } = setUp();
    let calls = 0;
    const renew = (lease: Lease) =>
      (calls += 1) % 2 === 1 ? Promise.reject(new Error('lost answer')) : leases.renew(lease);
    const one = process('one', { renew });
    await pass(10 * TTL_MS);
    expect(one.log).toEqual(['began 1']);
    expect(calls).toBeGreaterThan(10);
    await one.quit();
  });

  it('is stopped at once when a renewal is refused', async () => {
    const { pass, process } = setUp();
    const one = process('one', { renew: () => Promise.resolve(false) });
    await pass(TTL_MS / 3);
    expect(one.log).toEqual(['began 1', 'stopped at 1000']);
    expect(one.troubles).toHaveLength(1);
    await one.quit();
  });

  it('does not begin on a lease that took too long to get', async () => {
    const { clock, leases, pass, process } = setUp();
    const late = async (...wanted: Parameters<Leases['acquire']>) => {
      await new Promise<void>((resolve) => clock.schedule((TTL_MS * 2) / 3, resolve));
      return leases.acquire(...wanted);
    };
    const one = process('one', { acquire: late });
    await pass(TTL_MS);
    expect(one.log).toEqual([]);
    expect(one.troubles[0]).toBeInstanceOf(LeaseLost);
    expect(await leases.held()).toEqual([]);
    one.stop.abort();
    await pass(TTL_MS);
    await one.quit();
  });

  it('begins again, under the next token, after it has ended or failed', async () => {
    const { pass, process } = setUp();
    const one = process('one');
    await pass(0);
    one.end();
    await pass(TTL_MS);
    expect(one.log).toEqual(['began 1', 'began 2']);
    const broken = new Error('broken');
    one.end(broken);
    await pass(TTL_MS);
    expect(one.log).toEqual(['began 1', 'began 2', 'began 3']);
    expect(one.troubles).toEqual([broken]);
    await one.quit();
  });

  it('asks less and less often while the server of leases does not answer', async () => {
    const { pass, process } = setUp();
    let calls = 0;
    const refuse = () => {
      calls += 1;
      return Promise.reject(new Error('no server'));
    };
    const one = process('one', { acquire: refuse });
    await pass(10_000);
    const early = calls;
    await pass(60_000);
    expect(early).toBeGreaterThan(3);
    expect(calls - early).toBeLessThan(70);
    expect(one.troubles).toHaveLength(calls);
    await one.quit();
  });

  it('asks again within two seconds, however long the server of leases was away', async () => {
    const { clock, pass, process } = setUp();
    const asked: number[] = [];
    const refuse = () => {
      asked.push(clock.now());
      return Promise.reject(new Error('no server'));
    };
    const one = process('one', { acquire: refuse });
    await pass(600_000);
    const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? at));
    // Half of what it may be, by the chance of these tests.
    expect(Math.max(...pauses)).toBe(1000);
    await one.quit();
  });

  it('is taken up again at once where the lease was lost only because it could not be renewed', async () => {
    const { leases, pass, process } = setUp();
    let isAway = true;
    const renew = (lease: Lease) => (isAway ? Promise.reject(new Error('slow')) : leases.renew(lease));
    const one = process('one', { renew });
    await pass((TTL_MS * 2) / 3);
    isAway = false;
    await pass(200);
    expect(one.log).toEqual(['began 1', 'stopped at 2000', 'began 2']);
    await one.quit();
  });

  it('is asked for every third of it, and not more often, once another process has taken it', async () => {
    const { leases, pass, process } = setUp();
    let asked = 0;
    let isRefused = false;
    const one = process('one', {
      acquire: (...wanted) => {
        asked += 1;
        return leases.acquire(...wanted);
      },
      renew: (lease) => (isRefused ? Promise.resolve(false) : leases.renew(lease)),
    });
    await pass(0);
    const [held] = await leases.held();
    if (held !== undefined) await leases.release(held);
    await leases.acquire('sweeper', 'two', 1000 * TTL_MS);
    isRefused = true;
    await pass(100 * TTL_MS);
    expect(one.log).toEqual(['began 1', 'stopped at 1000']);
    expect(asked).toBeGreaterThan(200);
    expect(asked).toBeLessThan(400);
    await one.quit();
  });

  it('goes to another process where the one that takes it again and again cannot renew it', async () => {
    const { pass, process } = setUp();
    const one = process('one', { renew: () => Promise.reject(new Error('no server')) });
    await pass(500);
    const two = process('two');
    await pass(10 * TTL_MS);
    expect(two.log).toHaveLength(1);
    const before = one.log.length;
    await pass(10 * TTL_MS);
    expect(one.log).toHaveLength(before);
    await Promise.all([one.quit(), two.quit()]);
  });

  it('gives the lease back only after the work has ended', async () => {
    const { leases, pass, process } = setUp();
    const atRelease: string[] = [];
    const release = (lease: Lease): Promise<void> => {
      atRelease.push(...one.log);
      return leases.release(lease);
    };
    const one = process('one', { release });
    await pass(0);
    await one.quit();
    expect(atRelease).toEqual(['began 1', 'stopped at 0']);
    expect(await leases.held()).toEqual([]);
  });
});
